// Notes at a place: a button beside each block, and links that open a video at a second.
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
  const video = block.querySelector("video");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "note-here no-print";
  button.title = video ? noteNow : noteHere;
  button.innerHTML = '<svg class="icon" aria-hidden="true"><use></use></svg>';
  button.querySelector("use").setAttribute("href", document.querySelector("[data-note-icon]").dataset.noteIcon);
  button.setAttribute("aria-label", button.title);
  if (!video) button.tabIndex = -1; // the list in the form does the same for the keyboard
  button.addEventListener("click", () => withForm((form) => {
    form.elements.place.value = block.id.replace("block-", "");
    if (form.elements.at) form.elements.at.value = video ? clock(video.currentTime) : "";
    form.scrollIntoView({ block: "center" });
    form.elements.text.focus({ preventScroll: true });
  }));
  block.append(button);
}

// ?t=83#block-…: the video of that block starts there.
const second = Number(new URLSearchParams(location.search).get("t"));
const aimed = location.hash.startsWith("#block-") && document.getElementById(location.hash.slice(1));
const video = (aimed || document).querySelector("video");
if (second > 0 && video) {
  video.dataset.resume = second;
  if (video.readyState > 0) video.currentTime = second;
}
