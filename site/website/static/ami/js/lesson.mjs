// Comforts of the lesson page; everything works without them except where it says so.

const { copy = "Copy", copied = "Copied" } =
  document.querySelector("script[data-copy]")?.dataset ?? {};

// A button that copies the code.
for (const wrap of document.querySelectorAll("[data-code]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn-link code-copy";
  button.textContent = copy;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(wrap.querySelector("code").textContent);
    button.textContent = copied;
    setTimeout(() => { button.textContent = copy; }, 2000);
  });
  wrap.querySelector(".code-head").append(button);
}

// A lesson that is done when it was read: its end was on screen, and not at once.
const READING_MS = 8000;
const opened = performance.now();
const end = document.querySelector("[data-lesson-end]");
const form = () => document.querySelector("form[data-complete-at-end]");
if (end && form()) {
  const watcher = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) return;
    watcher.disconnect();
    const wait = Math.max(1000, READING_MS - (performance.now() - opened));
    setTimeout(() => form()?.requestSubmit(), wait);
  });
  watcher.observe(end);
}

// On a wide window the outline is always open, with the current lesson in view.
const menu = document.querySelector(".player-menu");
if (menu) {
  const wide = matchMedia("(min-width: 60rem)");
  const follow = () => { menu.open = wide.matches; };
  wide.addEventListener("change", follow);
  follow();
  const side = menu.closest(".player-side");
  const current = menu.querySelector("[aria-current]");
  if (wide.matches && current) side.scrollTop = current.offsetTop - side.clientHeight / 3;
}
