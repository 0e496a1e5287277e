import { access } from '../../services/channel/protocol/access.ts';
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

  /** @param reason what a program tells it by */
  constructor(code: 'refused' | 'notYet', message: string, hint?: string, reason: string = code) {
    super(message);
    const data = hint === undefined ? { code: reason } : { code: reason, hint };
    this.rpc = { code: RPC[code], message, data: code === 'notYet' ? { ...data, code: 'not-yet' } : data };
  }
}

/** access.ts says when. @throws {Refusal} */
function refuseAtWrongTime(method: MethodName, sealed: boolean): void {
  const { when } = access[method];
  if (when === 'sealed' && !sealed)
    throw new Refusal('notYet', 'the settings of this boot are not sealed yet');
  if (when === 'before-sealed' && sealed)
    throw new Refusal(
      'refused',
      'this boot has its settings already',
      'Use `bulkhead policy apply`.',
      'sealed',
    );
}

/**
 * Never rejects: what goes wrong becomes the response's error.
 * @param sealed whether the settings of this boot are in force
 */
export async function answer(request: Request, handlers: Handlers, sealed: boolean): Promise<Response> {
  const { id, method } = request;
  try {
    if (!isMethodName(method))
      return failed(id, { code: RPC.unknownMethod, message: `there is no method ${method}` });
    refuseAtWrongTime(method, sealed);
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
