/** TLS for SIP: what a listener presents, what a client demands. Certificates are PEM text; nothing is read from disk here. */

export interface TlsSettings {
  /** PEM, with the intermediates. A listener needs it; a client presents it when the server asks. */
  readonly certificate?: string;
  /** PEM. */
  readonly key?: string;
  /** PEM of the authorities that peers' certificates must come from; the system's own when absent. */
  readonly authorities?: string;
  /** Refuse peers whose certificate does not verify; a listener then asks clients for one. Default false. */
  readonly verifyPeer?: boolean;
  /** The same for servers we connect to alone; as `verifyPeer` when absent. */
  readonly verifyServers?: boolean;
  /** The name to ask for (SNI) and to find in the certificate of the server at `address`; by default none and the address. */
  readonly serverName?: (address: string) => string | undefined;
}

interface TlsFiles {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

interface ListenerTls extends TlsFiles {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
}

interface ConnectorTls extends TlsFiles {
  readonly serverName?: string;
  readonly rejectUnauthorized: boolean;
}

/** @throws RangeError when the certificate or its key is missing. */
export function serverTls(settings: TlsSettings): ListenerTls {
  if (settings.certificate === undefined || settings.key === undefined) {
    throw new RangeError("A TLS listener needs a certificate and its key, both PEM: set both, or listen without TLS.");
  }
  const verify = settings.verifyPeer === true;
  return { ...files(settings), requestCert: verify, rejectUnauthorized: verify };
}

export function clientTls(settings: TlsSettings, address: string): ConnectorTls {
  const serverName = settings.serverName?.(address);
  return {
    ...files(settings),
    ...(serverName === undefined ? {} : { serverName }),
    rejectUnauthorized: mustVerify(settings, true),
  };
}

/** Whether a connection's peer must prove who it is. */
export function mustVerify(settings: TlsSettings, isOutgoing: boolean): boolean {
  return ((isOutgoing ? settings.verifyServers : undefined) ?? settings.verifyPeer) === true;
}

function files({ certificate, key, authorities }: TlsSettings): TlsFiles {
  return {
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(authorities === undefined ? {} : { ca: authorities }),
  };
}
