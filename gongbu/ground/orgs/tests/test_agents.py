"""A list of one's sessions names the device, not a line of codes."""

import pytest

from gongbu.ground.orgs.agents import in_words

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"Mozilla/5.0 (Windows NT 6.1; Win64; x64) {CHROME}", "谷歌内核 109 · Windows 7"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/120.0", "Edge 120 · Windows 10 或 11"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} QIHU 360SE", "360 浏览器 · Windows 10 或 11"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "火狐 128 · Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1",
            "Safari 17 · 苹果手机",
        ),
        (f"Mozilla/5.0 (Linux; Android 13) {CHROME} MicroMessenger/8.0", "微信 · 安卓"),
        ("curl/8.5.0", "其他浏览器"),
        ("", "其他浏览器"),
    ],
)
def test_agents_are_said_in_words(agent, words):
    assert in_words(agent) == words
