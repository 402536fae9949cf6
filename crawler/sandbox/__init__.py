"""A synthetic social platform on loopback, with every bad page that crawlers meet."""
