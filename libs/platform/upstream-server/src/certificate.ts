import { generate } from 'selfsigned';

export interface Certificate {
  /** PEM; also its own certificate authority. */
  readonly cert: string;
  /** PEM */
  readonly key: string;
}

/** Days before today, which clients in any time zone and with a slow clock agree on. */
const EXPIRED_SINCE = 2;
const DAY_MS = 86_400_000;

/**
 * Creates a new certificate for 127.0.0.1, ::1 and localhost.
 *
 * @param isExpired whether it was valid until two days ago only
 */
export async function makeCertificate(isExpired = false): Promise<Certificate> {
  const validity = isExpired
    ? {
        notBeforeDate: new Date(Date.now() - 2 * EXPIRED_SINCE * DAY_MS),
        notAfterDate: new Date(Date.now() - EXPIRED_SINCE * DAY_MS),
      }
    : {};
  const { cert, private: key } = await generate(
    [{ name: 'commonName', value: `crates-mirror sample registry${isExpired ? ', expired' : ''}` }],
    {
      ...validity,
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
            { type: 7, ip: '::1' },
          ],
        },
      ],
    },
  );
  return { cert, key };
}
