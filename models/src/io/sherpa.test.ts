import { expect, test } from "bun:test";
import { openSherpaStt } from "./sherpa-stt.ts";
import { openSherpaTts } from "./sherpa-tts.ts";

const installed = await import("sherpa-onnx-node" as string).then(
  () => true,
  () => false,
);
const missing = installed ? /model file .*nowhere does not exist/ : /bun add sherpa-onnx-node/;

test("a configured model that cannot run says what is missing", async () => {
  const tts = openSherpaTts({ folder: "/nowhere" });
  const stt = openSherpaStt({ folder: "/nowhere", language: "en" });
  await expect(tts.warm()).rejects.toThrow(missing);
  await expect(stt.warm()).rejects.toThrow(missing);
  await Promise.all([tts.close(), stt.close()]);
});
