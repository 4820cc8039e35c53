// Plays, resumes and remembers videos and audio: own files, YouTube and Vimeo.
// Every player sits in a [data-media] figure. The figure fires "lesson:time" (detail: the
// second) and obeys "lesson:jump" (detail: the second), so other modules need no player.

const EVERY_MS = 10_000;
const FASTEST = 2.5;
const MOST_RANGES = 50;

// What was played since the last report that the server accepted.
class Played {
  constructor(figure) {
    this.figure = figure;
    this.ranges = [];
    this.from = null; // second where the current stretch began
    this.at = null; // the last second heard of
    this.heard = 0; // when that was
    this.duration = 0;
    this.sent = 0;
  }

  // A player's report. A step that no speed explains is a jump.
  time(second, playing) {
    this.figure.dispatchEvent(new CustomEvent("lesson:time", { detail: second }));
    const now = performance.now();
    const step = second - this.at;
    const possible = (FASTEST * (now - this.heard)) / 1000 + 1;
    if (this.at === null || step < 0 || step > possible) this.close();
    this.at = second;
    this.heard = now;
    if (!playing) return;
    if (this.from === null) {
      this.from = Math.floor(second);
      if (!this.sent) this.report();
    }
    if (now - this.sent >= EVERY_MS) this.report();
  }

  stop(ended = false) {
    if (ended && this.from !== null) this.at = Math.max(this.at, this.duration);
    this.close();
    this.report(ended);
  }

  close() {
    const to = Math.floor(this.at ?? 0);
    if (this.from !== null && to > this.from) this.ranges.push([this.from, to]);
    this.from = null;
  }

  async report(ended = false, leaving = false) {
    const { watch, token } = this.figure.dataset;
    if (!watch || !this.duration) return;
    if (this.from !== null) {
      const resume = Math.floor(this.at);
      this.close();
      this.from = resume;
    }
    const ranges = this.ranges.slice(-MOST_RANGES);
    this.ranges = [];
    this.sent = performance.now();
    const body = new URLSearchParams({
      csrfmiddlewaretoken: token,
      position: ended ? 0 : Math.floor(this.at ?? 0),
      duration: this.duration,
      played: ranges.map(([from, to]) => `${from}-${Math.min(to, this.duration)}`).join(","),
      seq: Date.now(),
    });
    try {
      const answer = await fetch(watch, { method: "POST", body, keepalive: leaving });
      if (answer.ok) this.show(await answer.json());
      else if (answer.status === 409 || answer.status >= 500) this.ranges.unshift(...ranges);
    } catch {
      this.ranges.unshift(...ranges); // the network is away: with the next report
    }
  }

  show({ percent, done }) {
    const line = this.figure.querySelector("[data-share]");
    if (line) {
      line.textContent = line.dataset.text.replace("{n}", percent);
      line.hidden = false;
    }
    const { done: url, token } = this.figure.dataset;
    if (done && window.htmx) {
      window.htmx.ajax("POST", url, {
        target: "#lesson-bar", swap: "outerHTML", values: { csrfmiddlewaretoken: token },
      });
    }
  }
}

function ownFile(player, played, start) {
  const state = () => played.time(player.currentTime, !player.paused && !player.seeking);
  const begin = () => {
    played.duration = Math.round(player.duration || 0);
    if (start > 0 && start < player.duration) player.currentTime = start;
  };
  if (player.readyState >= 1) begin();
  else player.addEventListener("loadedmetadata", begin, { once: true });
  player.addEventListener("timeupdate", state);
  player.addEventListener("playing", state);
  player.addEventListener("seeking", () => played.close());
  player.addEventListener("pause", () => { if (!player.ended) played.stop(); });
  player.addEventListener("ended", () => played.stop(true));
  return (second) => {
    player.currentTime = second;
    player.play().catch(() => {});
  };
}

// Messages are believed only from this frame and its own site.
function listen(frame, hear) {
  const { origin } = new URL(frame.src);
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== origin) return;
    try {
      hear(typeof event.data === "string" ? JSON.parse(event.data) : event.data ?? {});
    } catch { /* not a message of the player */ }
  });
  return (message) => frame.contentWindow?.postMessage(message, origin);
}

function youtube(frame, played) {
  let playing = false;
  let hello = 0;
  const send = listen(frame, ({ event, info }) => {
    if (!info || !["initialDelivery", "infoDelivery"].includes(event)) return;
    clearInterval(hello);
    if (info.duration) played.duration = Math.round(info.duration);
    if ("playerState" in info) {
      const was = playing;
      playing = info.playerState === 1;
      if (was && info.playerState === 0) played.stop(true);
      else if (was && info.playerState === 2) played.stop();
    }
    if ("currentTime" in info) played.time(info.currentTime, playing);
  });
  const say = (message) => send(JSON.stringify({ id: frame.id, channel: "widget", ...message }));
  const call = (func, ...args) => say({ event: "command", func, args });
  frame.addEventListener("load", () => {
    hello = setInterval(() => say({ event: "listening" }), 250);
    setTimeout(() => clearInterval(hello), 20_000);
  });
  return (second) => { call("seekTo", second, true); call("playVideo"); };
}

function vimeo(frame, played) {
  const events = ["play", "pause", "ended", "seeked", "timeupdate"];
  let playing = false;
  let asked = false;
  const subscribe = () => {
    if (asked) return;
    asked = true;
    for (const value of events) send({ method: "addEventListener", value });
  };
  const send = listen(frame, ({ event, data }) => {
    if (event === "ready") subscribe();
    if (!events.includes(event) || !data) return;
    if (data.duration) played.duration = Math.round(data.duration);
    if (event === "seeked") played.close();
    if (event === "pause" || event === "ended") {
      if (playing) played.stop(event === "ended");
      playing = false;
    } else if (event !== "seeked") {
      playing = true;
    }
    if (Number.isFinite(data.seconds)) played.time(data.seconds, playing);
  });
  frame.addEventListener("load", subscribe);
  return (second) => {
    send({ method: "setCurrentTime", value: second });
    send({ method: "play" });
  };
}

// The link of an outside player becomes its frame; without this module it opens a new tab.
let frames = 0;
function frameOf(facade, start) {
  const url = new URL(facade.dataset.embed);
  const { provider } = facade.dataset;
  if (provider === "youtube") {
    url.searchParams.set("origin", location.origin);
    if (start) url.searchParams.set("start", start);
  } else if (provider === "vimeo" && start) {
    url.hash = `t=${start}s`;
  }
  const frame = document.createElement("iframe");
  frame.id = `player-${frames += 1}`;
  frame.src = url;
  frame.title = facade.dataset.title;
  frame.allow = "autoplay; fullscreen; picture-in-picture; encrypted-media";
  frame.allowFullscreen = true;
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  return frame;
}

function open(facade, start = 0) {
  const frame = frameOf(facade, start);
  const { provider } = facade.dataset;
  const figure = facade.closest("[data-media]");
  facade.replaceWith(frame);
  frame.focus();
  const control = { youtube, vimeo }[provider];
  if (control && figure) figure.ready(control(frame, figure.played), start);
}

document.addEventListener("click", (event) => {
  const facade = event.target.closest("a[data-embed]");
  if (!facade || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(facade, Number(facade.closest("[data-media]")?.dataset.start ?? 0));
});

// ?t=83#block-…: the video of that block starts there (?v= tells the server the same).
const asked = new URLSearchParams(location.search).get("t");
const aimed = location.hash.startsWith("#block-") && document.getElementById(location.hash.slice(1));
const target = asked && aimed && aimed.querySelector("[data-media]");
if (target) target.dataset.start = Number(asked) || 0;

const figures = document.querySelectorAll("[data-media]");
for (const figure of figures) {
  let jump = null;
  figure.played = new Played(figure);
  figure.ready = (control) => { jump = control; };
  const own = figure.querySelector("video, audio");
  if (own) figure.ready(ownFile(own, figure.played, Number(figure.dataset.start ?? 0)));
  figure.addEventListener("lesson:jump", ({ detail: second }) => {
    const facade = figure.querySelector("a[data-embed]");
    if (jump) jump(second);
    else if (facade) open(facade, second);
  });
}

const leave = () => { for (const { played } of figures) if (played.from !== null || played.ranges.length) played.report(false, true); };
addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });
