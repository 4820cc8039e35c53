// Keyboard shortcuts of the lesson player. They do nothing while somebody types, and a
// switch in the help dialog turns them off for good (WCAG 2.1.4).

const STORE = "ami-lesson-keys";
const dialog = document.getElementById("lesson-keys");
const { use } = dialog?.querySelector("form")?.elements ?? {};
const read = () => {
  try { return localStorage.getItem(STORE); } catch { return null; }
};
let on = read() !== "off";

const follow = (selector) => () => document.querySelector(selector)?.click();
const focus = (selector) => () => {
  const target = document.querySelector(selector);
  const menu = target?.closest("details");
  if (menu) menu.open = true;
  target?.focus();
  target?.scrollIntoView({ block: "center" });
};
const ACTIONS = {
  n: follow("#lesson-bar a[rel=next]"),
  p: follow("#lesson-bar a[rel=prev]"),
  m: follow("#lesson-bar form button"),
  o: focus("#player-outline [aria-current]"),
  "?": () => dialog.showModal(),
};
const TYPING = "input, textarea, select, video, audio, iframe, [contenteditable], dialog";

function pressed(event) {
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented;
  if (!on || busy || event.repeat || event.target.closest(TYPING)) return;
  const action = ACTIONS[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
}

if (dialog) {
  document.addEventListener("keydown", pressed);
  use.checked = on;
  use.addEventListener("change", () => {
    on = use.checked;
    try { localStorage.setItem(STORE, on ? "on" : "off"); } catch { /* this page only */ }
  });
  for (const button of document.querySelectorAll("[data-keys-help]")) {
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
  }
}
