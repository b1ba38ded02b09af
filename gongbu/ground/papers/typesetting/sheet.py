"""What both typesetters take: the words of a paper with its number, day, signer and receipt."""

from dataclasses import dataclass
from datetime import date

from gongbu.ground.papers.rules.filling import Words
from gongbu.ground.papers.rules.layout import LETTER_MARK_PT, LETTER_WIDTH_PT, Mark, fit_mark
from gongbu.ground.policy.rules.papers import Form

COPIES_LABELS = {Form.MINUTES: "分送"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt printed on a paper: code in groups, and what its QR code says (an address, or the code itself)."""

    code: str
    address: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper ready to be set. ``signer`` (签发人) stands on papers to a superior; a draft has no receipt."""

    words: Words
    form: Form
    issuer: str
    doc_no: str
    issued_on: date
    signer: str = ""
    receipt: Receipt | None = None
    is_draft: bool = False

    @property
    def is_signed(self) -> bool:
        """Whether 署名 and 成文日期 stand below the text: not on minutes (§10.3)."""
        return self.form is not Form.MINUTES

    @property
    def has_imprint(self) -> bool:
        """Whether 版记 with 印发机关 stands on the last page (§7.4; letters and plain papers have none)."""
        return self.form in {Form.RED_HEAD, Form.MINUTES}

    @property
    def copies_label(self) -> str:
        """抄送, on minutes 分送."""
        return COPIES_LABELS.get(self.form, "抄送")

    @property
    def mark(self) -> Mark:
        """The 发文机关标志 fitted to its line."""
        if self.form is Form.LETTER:
            return fit_mark(self.words.mark, width_pt=LETTER_WIDTH_PT, height_pt=LETTER_MARK_PT)
        return fit_mark(self.words.mark)
