import {
  isMethodName,
  type MethodName,
  methods,
  type Params,
  type Request,
  type Response,
  type Result,
  RPC,
  type RpcError,
} from '../../services/channel/protocol/methods.ts';
import { describeFailure } from '../failure.ts';

/** What PID 1 does for each method. Every method has a row; there is no other way to reach PID 1. */
export type Handlers = { readonly [M in MethodName]: (params: Params<M>) => Result<M> | Promise<Result<M>> };

/** A request that is understood and refused. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly rpc: RpcError;

  constructor(code: 'refused' | 'notYet', message: string, hint?: string) {
    super(message);
    const data = hint === undefined ? { code } : { code, hint };
    this.rpc = { code: RPC[code], message, data: code === 'notYet' ? { ...data, code: 'not-yet' } : data };
  }
}

/** Never rejects: what goes wrong becomes the response's error. */
export async function answer(request: Request, handlers: Handlers): Promise<Response> {
  const { id, method } = request;
  try {
    if (!isMethodName(method))
      return failed(id, { code: RPC.unknownMethod, message: `there is no method ${method}` });
    return { jsonrpc: '2.0', id, result: await call(method, request.params, handlers) };
  } catch (error) {
    if (error instanceof Refusal) return failed(id, error.rpc);
    const { code, message, hint } = describeFailure(error);
    return failed(id, { code: RPC.internal, message, data: { code, hint } });
  }
}

function call<M extends MethodName>(
  method: M,
  params: unknown,
  handlers: Handlers,
): Result<M> | Promise<Result<M>> {
  // The schema of M yields Params<M>; TypeScript cannot see that through the table.
  return handlers[method](methods[method].params.parse(params) as Params<M>);
}

function failed(id: string, error: RpcError): Response {
  return { jsonrpc: '2.0', id, error };
}
