/** Names below a VM's certificate folder: those that docker looks for in DOCKER_CERT_PATH, and the CA's key. */
export const CERTIFICATE_FILES = {
  ca: 'ca.pem',
  caKey: 'ca-key.pem',
  certificate: 'cert.pem',
  key: 'key.pem',
} as const;
