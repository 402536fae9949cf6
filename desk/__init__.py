"""Where people work: the command, the web pages, the lists."""
