// Notes at a place: a button beside each block. Links to a second: lesson-video.mjs.
// Without this module the form below the lesson offers the same places in a list.

const { noteHere = "", noteNow = "" } =
  document.querySelector("script[data-note-here]")?.dataset ?? {};
const panel = () => document.getElementById("lesson-notes");

// The form comes when it is needed: at once when it is there, else after loading.
function withForm(use) {
  const form = panel()?.querySelector("[data-note-form]");
  if (form) {
    use(form);
    return;
  }
  document.body.addEventListener("htmx:load", () => {
    const loaded = panel()?.querySelector("[data-note-form]");
    if (loaded) use(loaded);
  }, { once: true });
  panel()?.dispatchEvent(new Event("load-notes"));
}

const clock = (second) =>
  `${Math.floor(second / 60)}:${String(Math.floor(second % 60)).padStart(2, "0")}`;

for (const block of document.querySelectorAll(".lesson-block")) {
  const media = block.querySelector("[data-media]");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "note-here no-print";
  button.title = media ? noteNow : noteHere;
  button.innerHTML = '<svg class="icon" aria-hidden="true"><use></use></svg>';
  button.querySelector("use").setAttribute("href", document.querySelector("[data-note-icon]").dataset.noteIcon);
  const label = document.createElement("span");
  label.className = "note-here-word";
  label.textContent = button.title;
  button.append(label);
  if (!media) button.tabIndex = -1; // the list in the form does the same for the keyboard
  button.addEventListener("click", () => withForm((form) => {
    form.elements.place.value = block.id.replace("block-", "");
    if (form.elements.at) form.elements.at.value = media ? clock(media.played?.at ?? 0) : "";
    form.scrollIntoView({ block: "center" });
    form.elements.text.focus({ preventScroll: true });
  }));
  block.append(button);
}
