"""Words of project names: what builders call the same thing, what says nothing, what tells two works apart.

Language, not law: a list here says that two words are used for one thing, never that two projects are one.
"""

import re
import unicodedata

# Published lists come through mirrors in traditional script; only characters that project names use.
_TRADITIONAL = str.maketrans(
    "縣鋪鎮區橋廠園館學醫院門東國際業產設備資訊電車線鐵號樓層幢開發達進運營環衛綠築結構機場馬龍灣島嶺溝護壩閘渠庫農漁鄉莊處"
    "濟療養老慶陽陰隆興華寧遠萬億頃畝噸總體實驗室組織標準擴張遷統網絡纜訓練勞動書圖檔應緊險貧戶災減災氣熱壓風",
    "县铺镇区桥厂园馆学医院门东国际业产设备资讯电车线铁号楼层幢开发达进运营环卫绿筑结构机场马龙湾岛岭沟护坝闸渠库农渔乡庄处"
    "济疗养老庆阳阴隆兴华宁远万亿顷亩吨总体实验室组织标准扩张迁统网络缆训练劳动书图档应紧险贫户灾减灾气热压风",
)
_QUOTES = re.compile(r"[\"'“”‘’《》〈〉「」『』<>*·•,，。;；!！?？:：、/\\|_]+")
_LONG_DASH, _DASH = re.compile(r"[—–―─]{2,}|-{2,}"), re.compile(r"(?<!—)[—–―─~～〜](?!—)")
_OPEN, _CLOSE = "([{【〔〖", ")]}】〕〗"
_BRACKETS = str.maketrans(_OPEN + _CLOSE, "(" * len(_OPEN) + ")" * len(_CLOSE))


def words(text: str) -> list[str]:
    """Return a list written as text, words apart by blanks."""
    return text.split()


_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3}
_NUMERAL = "零〇一二两三四五六七八九十百"


def normalise(text: str) -> str:
    """Return a name in one spelling: half width, lower case, simplified, one kind of bracket, no spaces.

    Marks that only separate (、，：) become a blank inside, so that words on both sides do not run together.
    """
    text = unicodedata.normalize("NFKC", text).lower().translate(_TRADITIONAL).translate(_BRACKETS)
    text = "".join(text.split())
    text = _DASH.sub("-", _LONG_DASH.sub("——", text))
    return " ".join(_QUOTES.sub(" ", text).split())


def read_numeral(text: str) -> int | None:
    """Return the number of a Chinese numeral up to 999, of digits, or of a Roman numeral up to x; else None."""
    if text.isdecimal():
        return int(text)
    if text in _ROMAN:
        return _ROMAN[text]
    if not text or any(c not in _NUMERAL and c not in _DIGITS for c in text):
        return None
    if "十" not in text and "百" not in text:
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, 1
    for place, c in enumerate(text):
        if c == "百":
            total, digit = total + digit * 100, 0
        elif c == "十":
            total, digit = total + (1 if place == 0 or digit == 0 else digit) * 10, 0
        else:
            digit = _DIGITS[c]
            if place == len(text) - 1:
                total += digit
    return total


_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}

# One thing under several names → the name kept. Only words that stand for the same object; 初中 and 高中 are two schools.
_SAME: dict[str, str] = {}
for _kept, _others in {
    "道路": "市政道路 城市道路", "污水厂": "污水处理厂 污水净化厂 水质净化厂 再生水厂 污水处理站", "供水厂": "自来水厂 净水厂 给水厂 水厂",
    "管网": "管道 管线 管道网", "卫生院": "中心卫生院", "中医院": "中医医院", "妇幼院": "妇幼保健院 妇幼保健站 妇保院",
    "疾控中心": "疾病预防控制中心", "门诊楼": "门诊综合楼 门诊大楼 综合门诊楼 门急诊楼 门急诊综合楼",
    "住院楼": "住院综合楼 住院大楼 住院部大楼 住院部 病房楼 病房大楼 病房综合楼 病房综合大楼", "教学楼": "教学综合楼 综合教学楼 教学大楼",
    "宿舍楼": "宿舍 公寓楼", "综合楼": "综合大楼 综合业务楼 业务综合楼 业务用房 综合业务用房", "办公楼": "办公大楼 办公用房 综合办公楼",
    "初中": "初级中学", "高中": "高级中学", "中学": "完全中学", "小学": "完全小学 中心小学", "幼儿园": "中心幼儿园 公办幼儿园",
    "职教中心": "职业教育中心 职业技术教育中心", "运动场": "操场 田径场 体育场", "安置房": "安置住房 安置小区 拆迁安置房 回迁安置房 回迁房",
    "棚改": "棚户区改造 棚户区", "保障房": "保障性住房 保障性租赁住房", "周转房": "周转宿舍 周转住房", "厂房": "标准厂房 标准化厂房 通用厂房",
    "产业园": "产业园区 工业园 工业园区", "高新区": "高新技术产业开发区 高新技术开发区", "经开区": "经济技术开发区 经济开发区",
    "停车场": "公共停车场 停车设施", "充电站": "充电桩 充电设施 充电基础设施 充换电站", "养老院": "敬老院 养老服务中心 养老中心",
    "农饮水": "农村饮水安全 农村饮用水安全 农村饮水 农村安全饮水 农饮", "高标准农田": "高标准基本农田", "生产线": "产线",
    "研发": "研究开发", "数据中心": "大数据中心", "高速": "高速公路", "轨道": "城市轨道交通 轨道交通 地铁", "桥": "大桥 桥梁 中桥 特大桥",
    "河": "河流域 河河道 河道 河流", "垃圾发电": "垃圾焚烧发电 生活垃圾焚烧发电 垃圾焚烧", "光伏": "光伏发电 光伏电站", "风电": "风力发电 风电场",
    "燃气": "天然气", "供热": "集中供热 供暖 集中供暖", "老旧小区": "老旧住宅小区 老旧社区 城镇老旧小区", "农贸市场": "菜市场 集贸市场",
    "消防站": "消防救援站", "kw": "千瓦", "mw": "兆瓦", "gw": "吉瓦", "kv": "千伏", "km": "公里 千米", "mm": "毫米", "m2": "平方米 平米",
    "m3": "立方米 立方", "智能": "智慧", "雨污分流": "雨污水分流 雨污管网分流", "水库": "小(一)型水库 小(二)型水库 小(1)型水库 小(2)型水库 小型水库 病险水库",
    "商飞": "商用飞机公司 商用飞机",
}.items():  # fmt: skip
    _SAME[_kept] = _kept
    for _other in _others.split():
        _SAME[_other] = _kept

# What is done → its class. A class word leaves the text; classes are compared by themselves.
NEW, BUILD, REBUILD, REPLACE, MOVE, REPAIR, REINFORCE, UPGRADE, EXPAND, TREAT, FIT_OUT, DEMOLISH = (
    "NEW", "BUILD", "REBUILD", "REPLACE", "MOVE", "REPAIR", "REINFORCE", "UPGRADE", "EXPAND", "TREAT", "FIT_OUT",
    "DEMOLISH",
)  # fmt: skip
ACTION_LABELS = {
    NEW: "新建", BUILD: "建设", REBUILD: "改扩建或改造", REPLACE: "重建", MOVE: "迁建", REPAIR: "维修", REINFORCE: "加固",
    UPGRADE: "提标", EXPAND: "扩能", TREAT: "治理", FIT_OUT: "装修", DEMOLISH: "拆除",
}  # fmt: skip
_ACTIONS: dict[str, str] = {}
for _class, _words in {
    NEW: "新建 兴建 新修 新建设",
    BUILD: "建设 修建 建造 兴修 打造 建设工程 建设项目 工程建设 项目建设",
    REBUILD: "改扩建 改建 扩建 改造 升级改造 提升改造 改造提升 改造升级 提质改造 更新改造 提升 升级 提质 更新 整治提升 优化提升 完善提升 综合提升"
             " 加建 增建 续建 拓宽改造 拓宽 加宽 改线 完善 优化 改善 改良 提质增效 巩固提升 现代化改造 综合改造 扩建改造 改扩建及提升",
    REPLACE: "重建 拆除重建 原址重建 翻建 拆建 恢复重建 灾后重建 重建改造",
    MOVE: "异地新建 异地重建 异地迁建 整体搬迁 整体迁建 搬迁 迁建 迁移 迁址新建 易地新建 易地迁建",
    REPAIR: "维修改造 维修 修缮 大修 中修 大中修 养护 修复 维护 抢修 维修养护 整修",
    REINFORCE: "除险加固 抗震加固 加固改造 加固 维修加固",
    UPGRADE: "提标改造 提标升级 提标",
    EXPAND: "产能扩充 扩产 扩能 增产 扩容 提标扩能 扩容改造 产能提升 技改扩能",
    TREAT: "综合治理 综合整治 环境综合整治 环境综合治理 治理 整治 生态治理 环境整治 环境治理",
    FIT_OUT: "装修 装饰 精装修 内装 室内装修 装饰装修 布展 陈列布展",
    DEMOLISH: "拆除",
}.items():  # fmt: skip
    for _word in _words.split():
        _ACTIONS[_word] = _class

# How well two different classes go together: 1 the same work in other words, towards 0 another work.
_AGREEMENT = {
    (NEW, BUILD): 1.0, (BUILD, REBUILD): 0.96, (NEW, REBUILD): 0.90, (BUILD, REPLACE): 0.97, (NEW, REPLACE): 0.95,
    (BUILD, MOVE): 0.98, (NEW, MOVE): 0.97, (REBUILD, REPLACE): 0.96, (REBUILD, MOVE): 0.92, (REPLACE, MOVE): 0.92,
    (BUILD, REPAIR): 0.85, (NEW, REPAIR): 0.72, (REBUILD, REPAIR): 0.95, (REPLACE, REPAIR): 0.85, (MOVE, REPAIR): 0.70,
    (BUILD, REINFORCE): 0.88, (NEW, REINFORCE): 0.72, (REBUILD, REINFORCE): 0.96, (REPAIR, REINFORCE): 0.97,
    (BUILD, UPGRADE): 0.78, (NEW, UPGRADE): 0.68, (REBUILD, UPGRADE): 0.97, (UPGRADE, EXPAND): 0.94,
    (BUILD, EXPAND): 0.72, (NEW, EXPAND): 0.65, (REBUILD, EXPAND): 0.94,
    (BUILD, TREAT): 0.97, (NEW, TREAT): 0.88, (REBUILD, TREAT): 0.97, (REPAIR, TREAT): 0.92, (REINFORCE, TREAT): 0.88,
    (BUILD, FIT_OUT): 0.78, (NEW, FIT_OUT): 0.70, (REBUILD, FIT_OUT): 0.88, (REPAIR, FIT_OUT): 0.90,
}  # fmt: skip
_OTHER_AGREEMENT = 0.72


def agreement(one: str, other: str) -> float:
    """Return how well two classes of action go together, 0–1; the order does not matter."""
    if one == other:
        return 1.0
    return _AGREEMENT.get((one, other)) or _AGREEMENT.get((other, one)) or _OTHER_AGREEMENT


# Says nothing about which project it is.
_EMPTY = words(
    """
    含附属设施 含附属工程 含配套设施 建设工程项目 工程项目 项目工程 子项目 单项工程 单位工程 工程 项目 计划 任务 重点 重大 专项
    标准化 规范化 总承包 施工总承包 epc ppp bot 施工 全过程 及附属工程 及附属设施 附属工程 附属设施 附属配套工程 附属配套设施
    附属配套 及配套工程 及配套设施 配套工程 配套设施 配套基础设施 配套建设 及配套 配套 关于 拟建 子项 项目包
    """
)
# Says a little.
_LIGHT = words(
    """
    基础设施 公共服务 及其 以及 等 的 及 与 和 暨 本级 全县 全市 全区 全镇 城镇 县城 城区 中心城区 主城区 示范 试点 生态 现代
    高标准 高质量 一体化 先进 全自动 新型 第 智能化 智能 数字化 信息化 民生 惠民 绿色 环保 美丽 特色 优质 现代化
    """
)
# Words of a firm's name; a firm that changes its form is still the same firm.
_FIRM = words(
    """
    有限责任公司 股份有限公司 集团有限公司 有限公司 集团公司 股份公司 总公司 分公司 公司 集团 控股 股份 实业 人民政府 管理委员会
    管委会 办事处
    """
)


def _one_of(words: "list[str] | dict[str, str]") -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=lambda w: (-len(w), w)))))


_SAME_RE, _EMPTY_RE, _FIRM_RE = _one_of(_SAME), _one_of(_EMPTY), _one_of(_FIRM)
# 人民路道路 says no more than 人民路.
_LIGHT_RE = re.compile(
    f"(?<=[路街道线])(?:道路|市政|公路)|市政(?=$| )|人民(?=医院|政府)|综合(?![楼体馆])|{_one_of(_LIGHT).pattern}"
)
# 建设路 and 新建村 are names of places.
_ACTION_RE = re.compile(f"(?:{_one_of(_ACTIONS).pattern})(?![东南西北中一二三四]?(?:大道|路|街|巷|桥|里|村|镇))")


_RIVER_RIVER = re.compile("河 +河")  # 沙河（上游段）河道 is 沙河河道
# 第二人民医院, 二医院 and 二院; 第三中学 and 三中. Numerals are digits by then.
_NUMBERED_HOUSES = re.compile(r"第?(\d+)(?:(?:人民)?医?(院)|(中)学|(小)学|(幼)儿园)")


def fold_objects(text: str) -> str:
    """Replace every name of a thing by the one name kept for it."""
    text = _SAME_RE.sub(lambda found: _SAME[found.group()], text)
    text = _RIVER_RIVER.sub("河", text)
    return _NUMBERED_HOUSES.sub(lambda found: found[1] + next(g for g in found.groups()[1:] if g), text)


def take_actions(text: str) -> tuple[str, frozenset[str]]:
    """Return the text without words of action (a blank in their place) and the classes met.

    建设 beside another action is a filler and not counted.
    """
    classes: set[str] = set()

    def note(found: re.Match[str]) -> str:
        classes.add(_ACTIONS[found.group()])
        return " "

    rest = _ACTION_RE.sub(note, text)
    if len(classes) > 1:
        classes.discard(BUILD)
    return rest, frozenset(classes)


def drop_empty(text: str) -> str:
    """Remove words that say nothing (a blank in their place)."""
    return _EMPTY_RE.sub(" ", text)


def find_firm_words(text: str) -> list[tuple[int, int]]:
    """Return where words of a firm's form stand."""
    return [found.span() for found in _FIRM_RE.finditer(text)]


_FIRM_NAME = re.compile(r"^ ?([\u4e00-\u9fff()0-9a-z ]{2,24}?(?:公司|集团|合作社|合伙企业))(?:有限公司|公司|集团)?")


def find_firm_name(text: str) -> int:
    """Return where the name of a firm at the front of a text ends; 0 when none stands there."""
    found = _FIRM_NAME.match(text)
    return found.end() if found else 0


def find_light_words(text: str) -> list[tuple[int, int]]:
    """Return where words stand that say little."""
    return [found.span() for found in _LIGHT_RE.finditer(text)]


_FILLER = frozenset("工程项目建设新改造扩修迁施的")


def is_filler(text: str) -> bool:
    """Return whether a rest is but a mistyped filler: at least half of it characters that fillers are made of."""
    return 2 * sum(c in _FILLER for c in text) >= len(text)


# Characters that tell two works apart when one stands where the other stands.
_CONTRASTS = ("东西南北中", "上中下", "左右", "内外", "新老旧", "大小", "前后", "甲乙丙丁", "男女", "高低", "春夏秋冬", "公民",
              "0123456789一二三四五六七八九十", "abcdefghijklmnopqrstuvwxyz")  # fmt: skip
_CONTRAST_OF: dict[str, set[int]] = {}
for _number, _group in enumerate(_CONTRASTS):
    for _character in _group:
        _CONTRAST_OF.setdefault(_character, set()).add(_number)


# A number is one character of a core (a private one), so that 12 never shares a digit with 21.
_NUMBERS, _LARGEST = 0xE000, 6_399
_NUMBER_RUN, _NUMBER_CHARACTER = re.compile(r"\d+"), re.compile("[\ue000-\uf8ff]")


def fold_numbers(text: str) -> str:
    """Write every number up to 6,399 as one character of its own."""
    return _NUMBER_RUN.sub(lambda m: chr(_NUMBERS + int(m.group())) if int(m.group()) <= _LARGEST else m.group(), text)


def readable(text: str) -> str:
    """Return a core, or a part of one, with its numbers as digits."""
    return _NUMBER_CHARACTER.sub(lambda m: str(ord(m.group()) - _NUMBERS), text)


def is_number(character: str) -> bool:
    """Return whether a character of a core is a number."""
    return character.isdecimal() or bool(_NUMBER_CHARACTER.match(character))


def contrasts(one: str, other: str) -> bool:
    """Return whether two different characters are of one contrasting kind (东 and 西, 1 and 2, a and b)."""
    if is_number(one) and is_number(other):
        return one != other
    return one != other and bool(_CONTRAST_OF.get(one, set()) & _CONTRAST_OF.get(other, set()))


def is_side(character: str) -> bool:
    """Return whether a character, standing where the other name has none, may still tell two works apart: 东, 中, 上, 2."""
    return character in "东西南北中上下左右内外前后甲乙丙丁" or is_number(character)


# Mistaken for each other by eye; those that sound alike are left to the caller's reading.
_LOOK_ALIKE = words(
    """
    已己巳 未末 土士 侯候 日曰 人入 戊戌戍 辨辩瓣 坡披陂 泾径经 桔枯 乌鸟 天夭 干千于 大太犬 庄压 园圆 栋拣 拔拨 汩汨 崇祟 撤撒
    拆折 堤提 渡度 厦夏 冶治 淮准 泻泄 住往 仓仑
    """
)
_LOOKS: dict[str, set[int]] = {}
for _number, _group in enumerate(_LOOK_ALIKE):
    for _character in _group:
        _LOOKS.setdefault(_character, set()).add(_number)


def look_alike(one: str, other: str) -> bool:
    """Return whether two characters are commonly mistaken for each other by eye."""
    return one == other or bool(_LOOKS.get(one, set()) & _LOOKS.get(other, set()))
