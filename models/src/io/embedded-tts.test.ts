import { ttsConformance } from "../../test/conformance.ts";
import { cachedTts } from "../tts/cached.ts";
import { openEmbeddedTts } from "./embedded-tts.ts";

ttsConformance("flite", async () => openEmbeddedTts());
ttsConformance("flite with a phrase cache", async () => cachedTts(openEmbeddedTts(), 1 << 20));
