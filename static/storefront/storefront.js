// What a shop's pages do on top of their links and forms. Without it everything still works.

// --- What Alpine runs: small things of one element.
document.addEventListener("alpine:init", () => {
  // A notice that leaves by itself after six seconds, but not from under a pointer or the focus.
  Alpine.data("toast", () => ({
    timer: 0,
    init() {
      const others = [...this.$root.parentElement.children];
      others.slice(0, -3).forEach((old) => old.remove());
      this.leave();
    },
    leave() {
      this.stay();
      this.timer = setTimeout(() => this.$root.remove(), 6000);
    },
    stay() {
      clearTimeout(this.timer);
    },
    close() {
      this.stay();
      this.$root.remove();
      document.getElementById("main").focus({ preventScroll: true });
    },
  }));

  // Buttons beside a number field, which count within its bounds.
  Alpine.data("stepper", () => ({
    isOff: false,
    step(by) {
      const field = this.$refs.field;
      const before = field.value;
      by > 0 ? field.stepUp() : field.stepDown();
      if (field.value !== before) field.dispatchEvent(new Event("change", { bubbles: true }));
    },
    more() {
      this.step(1);
    },
    fewer() {
      this.step(-1);
    },
  }));

  // Copies what stands in `data-text`, and says `data-done`.
  Alpine.data("copier", () => ({
    // A page without TLS has no clipboard.
    isOff: !navigator.clipboard,
    async copy() {
      await navigator.clipboard.writeText(this.$root.dataset.text);
      say(this.$root.dataset.done);
    },
  }));

  Alpine.data("trouble", () => ({
    again() {
      const element = failed?.sourceElement;
      hideTrouble();
      // A page that was open too long, or before somebody signed in, has an old token: it is loaded anew.
      if (!element?.isConnected || failed.response?.status === 403) location.reload();
      else if (element.matches("form")) element.requestSubmit(failed.request.submitter);
      else if (element.matches("select, input")) element.dispatchEvent(new Event("change", { bubbles: true }));
      else element.click();
    },
  }));
});

// --- What htmx reports.
let failed = null;
const text = (selector) => document.querySelector(selector)?.textContent.replace(/\s+/g, " ").trim() ?? "";
const say = (words) => (document.getElementById("live").textContent = words);
const hideTrouble = () => (document.getElementById("trouble").hidden = true);
// What is refused in words of its own; everything else is a page that says what is wrong.
const isShown = (status) => status < 400 || status === 409 || status === 422;

document.addEventListener("htmx:before:request", hideTrouble);

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (isShown(ctx.response.status)) return;
  // A field of a form asks for a part of its page: what is typed stays.
  if (ctx.request.method === "GET" && !ctx.sourceElement.form) location.assign(ctx.request.action);
  else showTrouble(ctx);
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => showTrouble(ctx));

function showTrouble(ctx) {
  failed = ctx ?? null;
  document.getElementById("trouble").hidden = false;
}

let focused = "";
document.addEventListener("htmx:before:swap", () => (focused = document.activeElement.id));

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!isShown(ctx.response.status)) return;
  // What had the focus went with its part of the page. Alpine brings out the buttons of the new one first.
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body) return;
    (document.getElementById(focused) ?? document.getElementById("main")).focus({ preventScroll: true });
  });
  if (ctx.target === document.body) say(ctx.title);
  else say(text("#cart .messages, #cart .field-error") || text("#add-to-cart .field-error, #not-added"));
});
