// Remembers where a video stopped and which parts were played, for any device.

const EVERY_SECONDS = 10;

function remember(video) {
  let from = null;
  const report = (leaving = false) => {
    if (from === null) return;
    const to = video.currentTime;
    const body = new URLSearchParams({
      csrfmiddlewaretoken: video.dataset.token,
      position: Math.floor(video.ended ? 0 : to),
      duration: Math.floor(video.duration || 0),
      played_from: Math.floor(Math.min(from, to)),
      played_to: Math.ceil(to),
      seq: Date.now(),
    });
    from = to;
    fetch(video.dataset.watch, { method: "POST", body, keepalive: leaving }).catch(() => {});
  };
  video.addEventListener("loadedmetadata", () => {
    const second = Number(video.dataset.resume);
    if (second > 0 && second < video.duration) video.currentTime = second;
  }, { once: true });
  video.addEventListener("playing", () => { from ??= video.currentTime; });
  video.addEventListener("seeking", () => { from = null; });
  video.addEventListener("seeked", () => { if (!video.paused) from = video.currentTime; });
  video.addEventListener("timeupdate", () => {
    if (from !== null && video.currentTime - from >= EVERY_SECONDS) report();
  });
  for (const kind of ["pause", "ended"]) {
    video.addEventListener(kind, () => { report(); from = null; });
  }
  addEventListener("pagehide", () => report(true));
}

document.querySelectorAll("video[data-watch]").forEach(remember);
