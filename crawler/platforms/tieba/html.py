"""Tieba's PC pages: a bar, a thread with floors, replies in floors, search, as fetched or saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from parsel import Selector

from archive.labels import Kind
from archive.records import Account, Media, Post
from crawler.answers import Answer
from crawler.markup import node_words, page_of, words
from crawler.platforms.page import Gleanings
from crawler.platforms.tieba.datafield import data_field
from crawler.platforms.tieba.lengths import length_of, number_of
from crawler.platforms.tieba.lists import listed_threads
from crawler.platforms.tieba.modern import modern_posts
from crawler.platforms.tieba.people import HOME, PLATFORM, account_of, linked_account
from crawler.times import published
from crawler.trees import Branch, ident, inner, media, number, said

_THREAD = re.compile(r"/p/(\d{5,})")
_IP = re.compile(r"IP属地\s*[:：]\s*(\S+)")
_MOMENT = re.compile(r"\d{4}-\d{1,2}-\d{1,2}\s+\d{1,2}:\d{2}")
_THREAD_ID = re.compile(r"[\"']?thread_id[\"']?\s*[:=]\s*[\"']?(\d{5,})")


def glean_page(page: Selector, text: str, answer: Answer) -> Gleanings:
    """Read whichever lists a page holds."""
    if not page.css("li.j_thread_list, div.l_post, .s_post, .lzl_single_post"):
        # the list of a bar lies within comments, for a script to unpack
        page = page_of(text.replace("<!--", "").replace("-->", ""))
    reader = PageReader(page, text, answer)
    return reader.gleanings()


class PageReader:
    """Reads one page; keeps what could not be read by the field that it lacks."""

    def __init__(self, page: Selector, text: str, answer: Answer) -> None:
        self._page = page
        self._at: datetime = answer.fetched_at
        self._answer = answer
        self._missed: list[str] = []
        self._adverts: list[str] = []
        self._thread = self._thread_id(text, answer)
        self._floor = answer.asked.get("pid", "")

    def gleanings(self) -> Gleanings:
        """Give all that the page holds."""
        posts = [*self._floors(), *self._modern(), *self._listed(), *self._replies()]
        following = self._page.css(
            "a.next.pagination-item::attr(href), .pager a.next::attr(href), a.next::attr(href)"
        ).get()
        length = length_of(
            self._page, posts, self._answer, following=following or self._next_by_word()
        )
        return Gleanings(
            posts=tuple(posts),
            accounts=tuple(self._accounts()),
            missed=tuple(self._missed if posts else self._missed + self._adverts),
            listed=self._is_listed(),
            promised=length.total,
            entries=length.shown,
            capped=length.capped,
            withheld=length.withheld if posts and not self._missed else "",
            following=length.following,
        )

    def _is_listed(self) -> bool:
        """Whether the page has the place of a list, and nothing stands in it."""
        for place in self._page.css("#thread_list, #j_p_postlist, .s_post_list, .pc-pb-reply-list"):
            if not place.xpath("./*[not(self::script or self::style)]"):
                return True
        pager = next(iter(self._page.css(".lzl_li_pager")), None)
        return pager is not None and number(data_field(pager), "total_num") == 0

    def _thread_id(self, text: str, answer: Answer) -> str:
        link = self._page.css("#lzonly_cntn::attr(href), link[rel=canonical]::attr(href)").getall()
        for address in (*link, answer.url):
            if found := _THREAD.search(address):
                return found[1]
        if asked := answer.asked.get("tid") or answer.asked.get("kz"):
            return asked
        found = _THREAD_ID.search(text)
        return found[1] if found else ""

    def _floors(self) -> Iterator[Post]:
        for node in self._page.css("div.l_post"):
            field = data_field(node)
            content = inner(field, "content")
            name = ident(content, "post_id", "id") or node.attrib.get("data-pid", "").strip()
            body = next(iter(node.css(".d_post_content, .j_d_post_content")), None)
            if not name:
                # adverts of Tieba's own have neither id nor words of a floor
                (self._adverts if body is None else self._missed).append("post_id")
                continue
            if body is None and "content" not in content:
                self._missed.append("d_post_content")
                continue
            yield from self._floor_posts(node, field, name, body)

    def _floor_posts(
        self, node: Selector, field: Branch, name: str, body: Selector | None
    ) -> Iterator[Post]:
        """Give a floor; the first one is the thread's opening as well."""
        content = inner(field, "content")
        raw = said(content, "content")
        thread = ident(content, "thread_id") or self._thread
        ip = self._ip(node)
        post = Post(
            platform=PLATFORM,
            post_id=name,
            kind=Kind.FLOOR,
            url=f"{HOME}/p/{thread}?pid={name}#{name}" if thread else "",
            text=node_words(body, without="replace_tip") if body is not None else words(raw),
            author=self._floor_author(node, inner(field, "author"), ip),
            parent=f"{PLATFORM}:{thread}" if thread else None,
            posted_at=self._floor_time(node, content),
            ip_location=ip,
            media=_floor_media(body, raw),
            metrics=_counts(replies=number(content, "comment_num")),
        )
        if thread and self._is_first(node, content):
            yield self._opening(post, thread)
        yield post

    def _is_first(self, node: Selector, content: Branch) -> bool:
        floors = node.css(".tail-info::text, .p_tail span::text").getall()
        return ident(content, "post_no") == "1" or any(text.strip() == "1楼" for text in floors)

    def _opening(self, floor: Post, thread: str) -> Post:
        title = next(
            iter(self._page.css(".core_title_txt, h1.core_title_txt, .thread-title")), None
        )
        named = (title.attrib.get("title") or node_words(title)) if title is not None else ""
        replies = self._page.css(".l_reply_num .red::text").get("")
        return Post(
            platform=PLATFORM,
            post_id=thread,
            kind=Kind.THREAD,
            url=f"{HOME}/p/{thread}",
            title=words(named),
            text=floor.text,
            author=floor.author,
            posted_at=floor.posted_at,
            ip_location=floor.ip_location,
            media=floor.media,
            metrics=_counts(replies=number_of(replies)),
        )

    def _floor_author(self, node: Selector, author: Branch, ip: str | None) -> Account | None:
        link = next(iter(node.css("a.p_author_name")), None)
        shown = node_words(link) if link is not None else ""
        if author:
            return account_of(author, shown=shown, ip=ip)
        number_ = ident(data_field(next(iter(node.css(".d_name")), None)), "user_id")
        return linked_account(link, user_id=number_, ip=ip) if link is not None else None

    def _floor_time(self, node: Selector, content: Branch) -> datetime | None:
        for text in node.css(
            ".tail-info::text, .p_tail span::text, .post-tail-wrap ::text"
        ).getall():
            if found := _MOMENT.search(text):
                return published(found[0], at=self._at)
        return published(said(content, "date") or content.get("now_time"), at=self._at)

    def _ip(self, node: Selector) -> str | None:
        text = " ".join(node.css(".core_reply_tail ::text, .post-tail-wrap ::text").getall())
        found = _IP.search(text)
        return found[1] if found else None

    def _replies(self) -> Iterator[Post]:
        for node in self._page.css("li.lzl_single_post"):
            field = data_field(node)
            name = ident(field, "spid") or node.css("a[name]::attr(name)").get("").strip()
            body = next(iter(node.css(".lzl_content_main")), None)
            if not name or body is None:
                self._missed.append("lzl_content_main" if name else "spid")
                continue
            floor = ident(field, "pid") or self._around(node) or self._floor
            yield Post(
                platform=PLATFORM,
                post_id=name,
                kind=Kind.COMMENT,
                url=f"{HOME}/p/{self._thread}?pid={floor}&cid={name}#{name}"
                if self._thread
                else "",
                text=node_words(body),
                author=self._reply_author(node, field),
                parent=f"{PLATFORM}:{floor}" if floor else None,
                posted_at=published(node.css(".lzl_time::text").get(), at=self._at),
                media=_pictures(body),
            )

    def _reply_author(self, node: Selector, field: Branch) -> Account | None:
        link = next(iter(node.css(".lzl_cnt a.at, a.at.j_user_card")), None)
        shown = said(field, "showname") or (node_words(link) if link is not None else "")
        if ident(field, "portrait", "user_name"):
            return account_of(field, shown=shown)
        return linked_account(link) if link is not None else None

    def _around(self, node: Selector) -> str:
        for holder in node.xpath("ancestor::*[@data-field or @data-pid]"):
            found = ident(data_field(holder), "pid") or holder.attrib.get("data-pid", "")
            if found:
                return found
        return ""

    def _listed(self) -> Iterator[Post]:
        yield from listed_threads(
            self._page, at=self._at, missed=self._missed, adverts=self._adverts
        )

    def _modern(self) -> Iterator[Post]:
        yield from modern_posts(self._page, thread=self._thread, at=self._at, missed=self._missed)

    def _accounts(self) -> Iterator[Account]:
        """Read the head of an account's home page."""
        head = next(iter(self._page.css(".userinfo_username, .userinfo_title")), None)
        link = self._page.css("p.space a::attr(href), .userinfo_head a::attr(href)").get("")
        if head is None or not link:
            return
        holder = Selector(text=f"<a href='{link}'>x</a>").css("a")[0]
        account = linked_account(holder)
        if account:
            text = " ".join(self._page.css(".userinfo_userdata ::text").getall())
            ip = _IP.search(text)
            yield Account(
                platform=PLATFORM,
                account_id=account.account_id,
                name=node_words(head),
                url=account.url,
                ip_location=ip[1] if ip else None,
                followers=number_of(self._page.css(".concern_num ::text").re_first(r"\d+") or ""),
            )

    def _next_by_word(self) -> str | None:
        is_thread = bool(self._page.css("div.l_post"))
        for link in self._page.css(".l_pager a, .pager a, #frs_list_pager a"):
            if is_thread and link.xpath("ancestor::*[contains(@class, 'lzl_li_pager')]"):
                continue  # it turns the replies in a floor
            if node_words(link).startswith("下一页"):
                return link.attrib.get("href")
        return None


def _floor_media(body: Selector | None, raw: str) -> tuple[Media, ...]:
    """Give a floor's pictures; those that a browser saved to its disk, as the data-field says."""
    shown = _pictures(body) if body is not None else ()
    return shown or (_pictures(page_of(raw)) if raw else ())


def _pictures(node: Selector) -> tuple[Media, ...]:
    images = node.css("img.BDE_Image, img[pic_type], img[bpic]")
    urls = [image.attrib.get("data-original") or image.attrib.get("src", "") for image in images]
    videos = node.css(
        "video::attr(src), .BDE_Flash::attr(data-video), embed::attr(data-video)"
    ).getall()
    return (*media(urls), *media(videos[:1], "video"))


def _counts(**found: int | None) -> dict[str, int]:
    return {name: count for name, count in found.items() if count is not None}
