import * as z from '../../policy/zod.ts';
import type { ApiRequest } from './request.ts';

/** Docker's plugin protocol: https://docs.docker.com/engine/extend/plugins_authorization/ */
export const PLUGIN_MEDIA_TYPE = 'application/vnd.docker.plugins.v1.1+json';
export const ACTIVATE = '/Plugin.Activate';
export const REQUEST = '/AuthZPlugin.AuthZReq';
export const RESPONSE = '/AuthZPlugin.AuthZRes';

/** What dockerd sends of a request (moby, pkg/authorization/api.go); byte slices come in base64. */
const envelope = z.object({
  RequestMethod: z.string(),
  RequestUri: z.string(),
  RequestBody: z.nullish(z.string()),
  RequestHeaders: z.nullish(z.record(z.string(), z.string())),
  RequestPeerCertificates: z.nullish(z.array(z.string())),
});

/** @throws when it is something else */
export function decodeRequest(text: string): ApiRequest {
  const decoded = envelope.parse(JSON.parse(text));
  return {
    method: decoded.RequestMethod,
    uri: decoded.RequestUri,
    headers: decoded.RequestHeaders ?? {},
    body: Buffer.from(decoded.RequestBody ?? '', 'base64'),
    certificates: decoded.RequestPeerCertificates ?? [],
  };
}

export type Answer = { Allow: true } | { Allow: false; Msg: string };
