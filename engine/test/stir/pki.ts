import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A root and signers for PASSporTs, made by openssl for one run. */

export interface Signer {
  /** Leaf first. */
  readonly pem: string;
  /** PKCS 8. */
  readonly key: string;
}

const openssl = (folder: string, ...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });

/** SPC 709J, as RFC 8226 writes it: SEQUENCE { [0] { IA5String } }. */
const TN_AUTH_LIST = "1.3.6.1.5.5.7.1.26=DER:30:08:A0:06:16:04:37:30:39:4A";

export class TestPki {
  readonly #folder = mkdtempSync(join(tmpdir(), "sk-stir-"));
  readonly root: string;

  constructor() {
    this.#makeKey("root");
    const subject = ["-subj", "/CN=Test STI root", "-days", "30", "-addext", "basicConstraints=critical,CA:TRUE"];
    openssl(this.#folder, "req", "-x509", "-new", "-key", "root.key", "-out", "root.pem", ...subject);
    this.root = readFileSync(join(this.#folder, "root.pem"), "utf8");
  }

  /** `extensions`: lines of an openssl extension file; by default those of a signer of PASSporTs. */
  signer(name: string, options: { extensions?: string; notAfter?: string } = {}): Signer {
    this.#makeKey(name);
    const { extensions = `${TN_AUTH_LIST}\nbasicConstraints=CA:FALSE`, notAfter } = options;
    writeFileSync(join(this.#folder, "ext"), extensions);
    openssl(this.#folder, "req", "-new", "-key", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=SHAKEN ${name}`);
    const signedBy = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-extfile", "ext"];
    const life = notAfter === undefined ? ["-days", "10"] : ["-days", notAfter];
    openssl(this.#folder, "x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, ...signedBy, ...life);
    const read = (file: string) => readFileSync(join(this.#folder, file), "utf8");
    return { pem: read(`${name}.pem`), key: read(`${name}.key`) };
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #makeKey(name: string): void {
    openssl(this.#folder, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", `${name}.key`);
  }
}
