"""A street of accounts that post adverts, for the tests of what joins them."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from PIL import Image

from archive.labels import ContactType, Intent
from archive.ledger.ledger import Ledger
from archive.links import Linker
from archive.records import Account, Contact, Media, Offer, Post, Verdict

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
TEXTS = (
    "渠道直出不倒手，婚姻登记五百，银行流水半年八百，晚上单子第二天上午给",
    "老店新开欢迎来问，学历学籍三百一次，快递收货地址近三年都有，查不到全退",
    "今天名额不多，车档秒查，名下房产四百，通话清单一个月一千二，先看样再付款",
    "夜班在岗随时找，航班高铁行程两百，同乘人也能出，错一个字不收钱",
    "说话算话的来，就诊记录带科室六百，孕妇建档名单整份出，只收现金",
    "稳定渠道恢复了，社保公积金打包九十，征信报告一百五，量大可以谈",
)


class Street:
    """Lets accounts post, judged as adverts with the handles that the test names."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._number = 0

    def post(
        self,
        account: str,
        text: str,
        contacts: Sequence[str] = (),
        *,
        day: float = 0,
        name: str = "",
        picture: str | None = None,
    ) -> str:
        """Post and judge; give the post's key."""
        self._number += 1
        platform, _, who = account.partition(":")
        said = " ".join((text, *(f"微信{value}" for value in contacts)))
        post = Post(
            platform=platform,
            post_id=f"n{self._number}",
            text=said,
            author=Account(platform=platform, account_id=who, name=name),
            posted_at=START + day * DAY,
            media=(Media(url="p", sha256=picture),) if picture else (),
        )
        offer = Offer(
            contacts=tuple(
                Contact(type=ContactType.WECHAT, value=value, raw=f"微信{value}")
                for value in contacts
            )
        )
        verdict = Verdict(
            post=post.key,
            post_version=1,
            judged_at=START,
            model="m",
            lexicon="l",
            stage="gate",
            threshold=0.5,
            intent=Intent.SELL,
            scores={"sell": 0.9},
            risk=0.9,
            hit=True,
            offer=offer,
        )
        with self.ledger.writing() as connection:
            self.ledger.posts.add(connection, [post], seen_at=START)
            stored = self.ledger.posts.get(connection, post.key)
            assert stored
            self.ledger.verdicts.add(connection, [(stored.id, verdict)])
        return post.key

    def picture(self, number: int, *, quality: int = 90) -> str:
        """Keep a picture; the same number with another quality is nearly the same."""
        shape = Image.effect_mandelbrot((200, 150), (-1 + number / 9, -1, 1, 1), 60)
        out = io.BytesIO()
        shape.convert("RGB").save(out, "JPEG", quality=quality)
        with self.ledger.writing() as connection:
            return self.ledger.evidence.put(connection, out.getvalue())

    def gone(self, key: str, *, day: float) -> None:
        """See a post gone."""
        with self.ledger.writing() as connection:
            assert self.ledger.posts.gone(connection, key, at=START + day * DAY)

    def campaigns(self, *accounts: str) -> list[int]:
        """Link what waits and give the campaigns of accounts."""
        Linker(self.ledger).run()
        with self.ledger.reading() as connection:
            held = self.ledger.campaigns.of(connection, accounts)
        return [held[account] for account in accounts]
