#!/bin/sh
# For `mkimage.sh build --sign-command`: signs with keys in a PKCS#11 token, by OpenSC's pkcs11-tool (docs/keys.md).
#   pkcs11-sign.sh minisign FILE COMMENT   prints a minisign signature by the token's Ed25519 key 01
#   pkcs11-sign.sh secure-boot FILE        prints an RSA signature (PKCS #1 v1.5, SHA-256) by key 02
#   pkcs11-sign.sh public                  prints the minisign public key, for --key
# Keys go by their ids: pkcs11-tool 0.23 signs with any key when it is given a label.
# PKCS11_MODULE: the token's library; PKCS11_TOKEN: its label; PKCS11_PIN: its PIN.
set -eu
: "${PKCS11_MODULE:?names no library}" "${PKCS11_TOKEN:?names no token}" "${PKCS11_PIN:?is empty}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

token() {
  pkcs11-tool --module "$PKCS11_MODULE" --token-label "$PKCS11_TOKEN" --login --pin env:PKCS11_PIN "$@" \
    >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
}
# The key's id: what it is taken from, minisign does not say; here the first bytes of a digest of the key.
public() {
  token --read-object --type pubkey --id 01 --output-file "$work/point"
  openssl pkey -pubin -in "$work/point" -outform DER | tail -c 32 >"$work/raw" # RFC 8410, 4: it is the last of it
  openssl dgst -sha256 -binary "$work/raw" | head -c 8 >"$work/id"
}

case ${1:-} in
minisign)
  public
  openssl dgst -blake2b512 -binary "$2" >"$work/digest"
  token --sign -m EDDSA --id 01 --input-file "$work/digest" --output-file "$work/signature"
  { cat "$work/signature"; printf %s "$3"; } >"$work/covered"
  token --sign -m EDDSA --id 01 --input-file "$work/covered" --output-file "$work/global"
  printf 'untrusted comment: signature from bulkhead\n'
  { printf ED; cat "$work/id" "$work/signature"; } | base64 -w 0
  printf '\ntrusted comment: %s\n' "$3"
  base64 -w 0 "$work/global"
  echo
  ;;
secure-boot)
  token --sign -m SHA256-RSA-PKCS --id 02 --input-file "$2" --output-file "$work/signature"
  cat "$work/signature"
  ;;
public)
  public
  printf 'untrusted comment: bulkhead public key\n'
  { printf Ed; cat "$work/id" "$work/raw"; } | base64 -w 0
  echo
  ;;
*)
  echo "pkcs11-sign.sh: minisign FILE COMMENT, secure-boot FILE, or public" >&2
  exit 2
  ;;
esac
