import { webcrypto } from 'node:crypto';
import type { Authority } from '../../host/certificates/authority.ts';
import { exportKey, generateKeys, SIGNING } from '../../host/certificates/keys.ts';
import { Pkcs10CertificateRequestGenerator } from '../../host/certificates/x509.ts';
import type { ServerCertificate } from './recipe.ts';

/** What Bulkhead does during its boot, done while the reference image is built: a key, certified by the launcher's CA. */
export async function makeServerCertificate(authority: Authority): Promise<ServerCertificate> {
  const keys = await generateKeys();
  const request = await Pkcs10CertificateRequestGenerator.create(
    { name: 'CN=engine', keys, signingAlgorithm: SIGNING },
    webcrypto as Crypto,
  );
  return {
    authority: authority.certificate,
    certificate: await authority.issueServer(request.toString('pem')),
    key: await exportKey(keys.privateKey),
  };
}
