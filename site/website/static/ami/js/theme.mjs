// Switches the theme in place; without this module the form posts and the page reloads.

const root = document.documentElement;
const icons = { system: "monitor", light: "sun", dark: "moon" };

function mark(theme) {
  root.dataset.theme = theme;
  for (const button of document.querySelectorAll("form[data-theme-form] button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
  for (const use of document.querySelectorAll("[data-theme-icon] use")) {
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icons[theme]}`));
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-theme-form]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  mark(theme);
  const body = new FormData(form);
  body.set("theme", theme);
  try {
    await fetch(form.action, { method: "POST", body, redirect: "manual" });
  } catch {
    // Offline: the choice holds until the next page.
  }
});
