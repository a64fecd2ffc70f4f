/** A real S3-compatible server on this machine, with its files in a folder. It checks signatures. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "@20minutes/s3rver";
import { s3Options } from "../contract/recordings/s3.ts";
import type { S3Settings } from "../contract/recordings/settings.ts";

export interface TestS3 {
  readonly settings: S3Settings;
  readonly client: Bun.S3Client;
  /** Nobody answers; `up` brings it back at the same port with what it held. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

export async function startS3(): Promise<TestS3> {
  const directory = mkdtempSync(join(tmpdir(), "sk-s3-"));
  const open = async (port: number) => {
    const server = new S3rver({
      address: "127.0.0.1",
      port,
      silent: true,
      directory,
      configureBuckets: [{ name: "calls" }],
    });
    return { server, port: (await server.run()).port };
  };
  let running: Awaited<ReturnType<typeof open>> | undefined = await open(0);
  const { port } = running;
  const settings: S3Settings = {
    bucket: "calls",
    endpoint: `http://127.0.0.1:${port}`,
    publicEndpoint: undefined,
    region: "us-east-1",
    accessKeyId: "S3RVER",
    secretAccessKey: "S3RVER",
    prefix: "recordings/",
  };
  const down = async () => {
    await running?.server.close();
    running = undefined;
  };
  return {
    settings,
    client: new Bun.S3Client(s3Options(settings)),
    down,
    up: async () => {
      running ??= await open(port);
    },
    close: async () => {
      await down();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
