// Keeps the latest words in sight while they come, unless the reader has scrolled up to read.
const NEAR_PX = 80;

export class Scroll {
  constructor() {
    this.box = document.getElementById("scroller");
    this.jump = document.getElementById("jump");
    this.sticks = true;
    this.box.addEventListener("scroll", () => this.look(), { passive: true });
    this.box.addEventListener("grown", () => this.follow());
    this.jump.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.follow()).observe(this.box);
  }

  look() {
    this.sticks = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR_PX;
    this.jump.hidden = this.sticks;
  }

  follow() {
    if (this.sticks) this.box.scrollTop = this.box.scrollHeight;
    else this.look();
  }

  toEnd() {
    this.sticks = true;
    this.follow();
    this.jump.hidden = true;
  }

  keepWhile(change) {
    const fromEnd = this.box.scrollHeight - this.box.scrollTop;
    change();
    this.box.scrollTop = this.box.scrollHeight - fromEnd;
  }
}
