// Tabler/Bootstrap classes that stay even when no template uses them yet, so that a room can rely on them.
const steps = [0, 1, 2, 3, 4];
const sides = ["", "t", "b", "s", "e", "x", "y"];
export const KEEP = [
  ...["m", "p"].flatMap((p) => sides.flatMap((s) => steps.map((n) => `${p}${s}-${n}`))), "ms-auto", "me-auto", "mx-auto", "mt-auto",
  ...["row", "col", "col-auto", ...[2, 3, 4, 6, 8, 9, 12].flatMap((n) => [`col-${n}`, `col-md-${n}`, `col-lg-${n}`])], "g-2", "g-3", "gap-1", "gap-2", "gap-3",
  "d-flex", "d-none", "d-block", "d-inline", "d-inline-flex", "d-grid", "d-md-none", "d-md-block", "d-lg-none", "d-print-none",
  "flex-wrap", "flex-column", "flex-fill", "align-items-center", "align-items-start", "justify-content-between", "justify-content-end", "justify-content-center",
  "text-end", "text-center", "text-start", "text-muted", "text-secondary", "text-danger", "text-success", "text-nowrap", "text-break", "text-truncate", "fw-bold", "small", "w-100", "h-100",
  "btn", "btn-primary", "btn-danger", "btn-outline-primary", "btn-outline-danger", "btn-link", "btn-sm", "btn-icon", "card", "card-body", "form-control", "form-select", "form-label", "form-check", "form-check-input", "form-check-label",
  "input-group", "input-group-text", "visually-hidden", "list-unstyled", "disabled", "is-invalid", "icon", "container", "container-fluid",
  "html", "body", "a", "p", "h1", "h2", "h3", "h4", "h5", "ul", "ol", "li", "dl", "dt", "dd", "table", "th", "td", "tr", "thead", "tbody", "tfoot", "caption", "button", "input", "select", "textarea", "label", "fieldset", "legend", "strong", "small", "code", "pre", "hr", "figure", "img", "svg", "details", "summary", "blockquote", "cite", "abbr", "mark", "sub", "sup", "address", "type", "checkbox", "radio", "search", "file", "disabled", "hidden", "checked", "focus",
];
