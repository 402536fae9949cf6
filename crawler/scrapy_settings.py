"""Scrapy's settings: polite, honest, and nothing lost between a fetch and the ledger."""

BOT_NAME = "anyu"
SPIDER_MODULES = ["crawler.spider"]
USER_AGENT = "Anyu/0.1 (finds posts that sell citizens' personal data; see the use policy)"
ROBOTSTXT_OBEY = True
# Each answer is an observation: nothing is retried, redirected or dropped behind the worker's back.
RETRY_ENABLED = False
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
HTTPERROR_ALLOW_ALL = True
COOKIES_ENABLED = False  # a plain request has no session but the one that an operator stored
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
AUTOTHROTTLE_MAX_DELAY = 60
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024  # bytes, before and after they are unpacked
DOWNLOAD_WARNSIZE = 0
DOWNLOADER_MIDDLEWARES = {
    "crawler.reach.ReachMiddleware": 50,
    "crawler.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
}
DOWNLOAD_HANDLERS = {"data": None, "file": None, "ftp": None, "s3": None}
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
PLAYWRIGHT_BROWSER_TYPE = "chromium"
# The default strips the content type of calls that a page makes itself.
PLAYWRIGHT_PROCESS_REQUEST_HEADERS = None
TELNETCONSOLE_ENABLED = False
LOG_LEVEL = "WARNING"
