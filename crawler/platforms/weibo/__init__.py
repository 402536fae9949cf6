"""Weibo: m.weibo.cn, weibo.com, s.weibo.com."""
