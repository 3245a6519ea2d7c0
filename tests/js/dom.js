// A document for React to draw into. Node's own fetch stays: it is what calls the server.
import { Window } from "happy-dom";

const window = new Window({ url: "http://localhost:3000/" });
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
for (const name of ["HTMLElement", "HTMLIFrameElement", "Element", "Node", "MutationObserver"]) {
  globalThis[name] = window[name];
}
if (!("navigator" in globalThis)) globalThis.navigator = window.navigator;  // Node has one from 21 on
