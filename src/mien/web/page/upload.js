// The ways a photo comes in: dropped, pasted, chosen, taken.

import { $ } from "./dom.js";
import { tell } from "./notices.js";

const PICTURE = /^image\//;

/** The first file that may be a picture; what is no picture at all is sent too, and mien says what it is. */
const first = (files) => [...files].find(({ type }) => PICTURE.test(type)) ?? files[0];

export function start(take) {
  $("browse").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => {
    const [file] = $("file").files;
    $("file").value = "";
    if (file) take(file);
  });
  document.addEventListener("paste", (event) => {
    const file = first(event.clipboardData?.files ?? []);
    if (!file) return;
    event.preventDefault();
    take(file);
  });
  let depth = 0; // dragenter and dragleave come for every child
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (on) => document.body.classList.toggle("over", on);
  document.addEventListener("dragenter", (event) => carries(event) && (depth += 1) && over(true));
  document.addEventListener("dragleave", (event) => carries(event) && !(depth = Math.max(0, depth - 1)) && over(false));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    over(false);
    const file = first(event.dataTransfer.files);
    if (file) take(file);
    else if (carries(event)) tell("Nothing could be read from what was dropped. Save the picture to a file first.");
  });
  camera(take);
}

function camera(take) {
  const dialog = $("camera");
  const finder = $("viewfinder");
  const say = (text) => ($("camera-line").textContent = text);
  const stop = () => {
    finder.srcObject?.getTracks().forEach((track) => track.stop());
    finder.srcObject = null;
  };
  $("webcam").addEventListener("click", async () => {
    if (!navigator.mediaDevices?.getUserMedia) {
      tell("The camera works only on this machine itself, or over https. Choose a photo instead.");
      return;
    }
    dialog.showModal();
    $("shoot").disabled = true;
    say("Waiting for the camera…");
    try {
      const video = { width: { ideal: 1280 }, facingMode: "user" };
      const stream = await navigator.mediaDevices.getUserMedia({ video });
      if (!dialog.open) return stream.getTracks().forEach((track) => track.stop());
      finder.srcObject = stream;
      await finder.play();
      $("shoot").disabled = false;
      say("Look into the camera, face relaxed.");
    } catch {
      say("No camera could be opened. Is one connected, and may this page use it?");
    }
  });
  $("shoot").addEventListener("click", () => {
    const still = new OffscreenCanvas(finder.videoWidth, finder.videoHeight);
    still.getContext("2d").drawImage(finder, 0, 0);
    dialog.close();
    still.convertToBlob({ type: "image/png" }).then(take);
  });
  $("close-camera").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", stop);
}
