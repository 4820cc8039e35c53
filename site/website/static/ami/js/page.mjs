// Small comforts every page shares; all of them work without this module.

// Menus made of <details> close on Escape, on a click elsewhere and when focus leaves.
const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});

for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, (event) => {
    for (const menu of openMenus()) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

// A form posts once: its button is busy until the answer comes. A form that answers with
// a download stays on the page; it carries data-repeat.
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post" || "repeat" in form.dataset) return;
  if (form.dataset.busy) {
    event.preventDefault();
    return;
  }
  form.dataset.busy = "true";
  submitter?.setAttribute("aria-busy", "true");
});

// Coming back through the browser's history finds the form usable again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-busy]")) {
    delete form.dataset.busy;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  }
});

// The list of form errors takes the focus, so that it is read first.
document.querySelector("[data-form-errors]")?.focus();

// A part of the page that could not be fetched or sent says so, instead of doing nothing.
for (const kind of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(kind, () => {
    const messages = document.getElementById("messages");
    if (!messages || messages.querySelector("[data-sent-error]")) return;
    const alert = document.createElement("p");
    alert.className = "alert alert-loss";
    alert.dataset.sentError = "true";
    alert.textContent = messages.dataset.error;
    messages.append(alert);
  });
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) document.querySelector("[data-sent-error]")?.remove();
});
