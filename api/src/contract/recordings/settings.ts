/** Where recordings are kept and how; the engine that writes them and the api that serves them read the same variables. */
import { z } from "zod";
import { KEY_BYTES, type RecordingKey, recordingKey } from "./sealed.ts";

export const RecordingSettings = z.object({
  /** Recordings are moved into this bucket when their call is over, by the engine; empty: they stay in SK_RECORDINGS_DIR. Engine and api need the same settings. */
  SK_S3_BUCKET: z.string().default(""),
  /** Of the S3-compatible storage, such as `https://s3.eu-central-1.amazonaws.com` or `http://minio:9000`; empty: AWS's of the region. */
  SK_S3_ENDPOINT: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]).default(""),
  SK_S3_REGION: z.string().default("us-east-1"),
  SK_S3_ACCESS_KEY_ID: z.string().default(""),
  SK_S3_SECRET_ACCESS_KEY: z.string().default(""),
  /** In front of each object's name. */
  SK_S3_PREFIX: z.string().default("recordings/"),
  /** Endpoint as players reach it: then signed links of recordings that are not encrypted lead there; empty: the api passes the sound on. */
  SK_S3_PUBLIC_ENDPOINT: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]).default(""),
  /** Encrypts recordings: 32 bytes in base64 or hex (`openssl rand -base64 32`). Several by comma: the first encrypts, the others open what they once encrypted. Empty: recordings are plain WAV. */
  SK_RECORDING_KEY: z.string().default(""),
  /** File with the same, one key a line, instead of SK_RECORDING_KEY. */
  SK_RECORDING_KEY_FILE: z.string().default(""),
});

export interface S3Settings {
  readonly bucket: string;
  readonly endpoint: string | undefined;
  readonly publicEndpoint: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly prefix: string;
}

export interface RecordingStorage {
  /** The first encrypts; none: recordings are not encrypted. */
  readonly keys: readonly RecordingKey[];
  /** `undefined`: they stay on the disk. */
  readonly s3: S3Settings | undefined;
}

/** Names the variable that is wrong, never its value. */
export class RecordingSettingsError extends Error {
  override readonly name = "RecordingSettingsError";
}

/**
 * @param readFile of the key file
 * @throws RecordingSettingsError
 */
export function readRecordingSettings(
  environment: Record<string, string | undefined>,
  readFile: (path: string) => string,
): RecordingStorage {
  const parsed = RecordingSettings.safeParse(environment);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new RecordingSettingsError(`The settings of recordings are wrong: ${lines.join("; ")}.`);
  }
  return { keys: readKeys(parsed.data, readFile), s3: readS3(parsed.data) };
}

function readKeys(env: z.infer<typeof RecordingSettings>, readFile: (path: string) => string): RecordingKey[] {
  const { SK_RECORDING_KEY: given, SK_RECORDING_KEY_FILE: file } = env;
  if (given !== "" && file !== "") {
    throw new RecordingSettingsError("Set SK_RECORDING_KEY or SK_RECORDING_KEY_FILE, not both.");
  }
  const name = file === "" ? "SK_RECORDING_KEY" : "SK_RECORDING_KEY_FILE";
  let text = given;
  if (file !== "") {
    try {
      text = readFile(file);
    } catch {
      throw new RecordingSettingsError(`${name}: the file cannot be read; recordings would not be encrypted.`);
    }
  }
  const keys = text.split(/[\s,]+/).flatMap((word) => (word === "" ? [] : [readKey(word, name)]));
  if (file !== "" && keys.length === 0) throw new RecordingSettingsError(`${name}: there is no key in the file.`);
  return keys;
}

function readKey(word: string, name: string): RecordingKey {
  const secret = Buffer.from(word, /^[0-9a-f]{64}$/i.test(word) ? "hex" : "base64");
  if (secret.length !== KEY_BYTES || !/^[\w+/-]+=?$/.test(word)) {
    throw new RecordingSettingsError(
      `${name}: a key is 32 bytes in base64 or hex; make one with \`openssl rand -base64 32\`.`,
    );
  }
  return recordingKey(secret);
}

function readS3(env: z.infer<typeof RecordingSettings>): S3Settings | undefined {
  if (env.SK_S3_BUCKET === "") return undefined;
  if (env.SK_S3_ACCESS_KEY_ID === "" || env.SK_S3_SECRET_ACCESS_KEY === "") {
    throw new RecordingSettingsError("SK_S3_BUCKET needs SK_S3_ACCESS_KEY_ID and SK_S3_SECRET_ACCESS_KEY.");
  }
  return {
    bucket: env.SK_S3_BUCKET,
    endpoint: env.SK_S3_ENDPOINT || undefined,
    publicEndpoint: env.SK_S3_PUBLIC_ENDPOINT || undefined,
    region: env.SK_S3_REGION,
    accessKeyId: env.SK_S3_ACCESS_KEY_ID,
    secretAccessKey: env.SK_S3_SECRET_ACCESS_KEY,
    prefix: env.SK_S3_PREFIX,
  };
}
