import { generate } from 'selfsigned';

export interface Certificate {
  /** PEM; also its own certificate authority. */
  readonly cert: string;
  /** PEM */
  readonly key: string;
}

/** Creates a new certificate for 127.0.0.1, ::1 and localhost. */
export async function makeCertificate(): Promise<Certificate> {
  const { cert, private: key } = await generate(
    [{ name: 'commonName', value: 'crates-mirror sample registry' }],
    {
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
