"""The sandbox as a platform: spiders, pages, signs."""
