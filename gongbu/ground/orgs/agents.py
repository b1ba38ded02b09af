"""Say a browser's user agent in words a person recognises as his own device."""

import re

# The first that matches; the order matters, because nearly every agent also names Chrome or Safari.
_BROWSERS = (
    (r"wxwork/", "企业微信"),
    (r"MicroMessenger/", "微信"),
    (r"DingTalk/", "钉钉"),
    (r"QihooBrowser|360SE|360EE|QHBrowser", "360 浏览器"),
    (r"Qaxbrowser|QAXBrowser", "奇安信浏览器"),
    (r"UOSBrowser|UOS Browser", "统信浏览器"),
    (r"EdgA?/(\d+)", "Edge"),
    (r"Firefox/(\d+)", "火狐"),
    (r"(?:Headless)?Chrome/(\d+)", "谷歌内核"),
    (r"Version/(\d+).*Safari", "Safari"),
)
_SYSTEMS = (
    (r"Windows NT 10", "Windows 10 或 11"),
    (r"Windows NT 6\.1", "Windows 7"),
    (r"Windows", "Windows"),
    (r"iPhone", "苹果手机"),
    (r"iPad", "苹果平板"),
    (r"HarmonyOS|OpenHarmony", "鸿蒙"),
    (r"Android", "安卓"),
    (r"Mac OS X", "苹果电脑"),
    (r"UOS|Kylin|Linux", "Linux"),
)


def in_words(agent: str) -> str:
    """Return ``谷歌内核 131 · Windows 10 或 11``; what is not known is said to be other."""
    browser, system = "其他浏览器", ""
    for pattern, name in _BROWSERS:
        if found := re.search(pattern, agent):
            browser = f"{name} {found[1]}" if found.groups() and found[1] else name
            break
    for pattern, name in _SYSTEMS:
        if re.search(pattern, agent):
            system = name
            break
    return f"{browser} · {system}" if system else browser
