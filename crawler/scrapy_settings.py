"""Scrapy's settings: polite, honest, and nothing lost between a fetch and the ledger."""

BOT_NAME = "anyu"
SPIDER_MODULES = ["crawler.platforms.sandbox.spider"]
USER_AGENT = "Anyu/0.1 (finds posts that sell citizens' personal data; see the use policy)"
ROBOTSTXT_OBEY = True
# Each answer is an observation: nothing is retried, redirected or dropped behind the spider's back.
RETRY_ENABLED = False
REDIRECT_ENABLED = False
HTTPERROR_ALLOW_ALL = True
CONCURRENT_REQUESTS_PER_DOMAIN = 4
DOWNLOAD_DELAY = 0.2
COOKIES_ENABLED = False  # a plain request has no session
DOWNLOAD_TIMEOUT = 30
ITEM_PIPELINES = {"crawler.recording.RecordingPipeline": 100}
DOWNLOAD_HANDLERS = {
    "http": "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler",
    "https": "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler",
}
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
PLAYWRIGHT_BROWSER_TYPE = "chromium"
TELNETCONSOLE_ENABLED = False
LOG_LEVEL = "WARNING"
