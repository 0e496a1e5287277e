import * as z from '../../policy/zod.ts';

/** What of the Engine API's answers this launcher reads (https://docs.docker.com/reference/api/engine/). */
export const engineVersion = z.looseObject({
  Version: z.string(),
  ApiVersion: z.string(),
  KernelVersion: z.optional(z.string()),
});
export type EngineVersion = z.infer<typeof engineVersion>;

export const engineInfo = z.looseObject({
  DefaultRuntime: z.string(),
  CgroupVersion: z.optional(z.string()),
  Driver: z.string(),
  Runtimes: z.record(z.string(), z.unknown()),
});
export type EngineInfo = z.infer<typeof engineInfo>;

export const containerInspection = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  State: z.looseObject({
    Status: z.string(),
    Running: z.boolean(),
    ExitCode: z.int(),
    Pid: z.int(),
  }),
});
export type ContainerInspection = z.infer<typeof containerInspection>;

export const containerList = z.array(
  z.looseObject({ Id: z.string(), Names: z.array(z.string()), Image: z.string(), State: z.string() }),
);
export type ContainerList = z.infer<typeof containerList>;

export const created = z.looseObject({ Id: z.string() });
export const waited = z.looseObject({
  StatusCode: z.int(),
  Error: z.nullish(z.looseObject({ Message: z.string() })),
});
export const executed = z.looseObject({ ExitCode: z.nullable(z.int()) });
/** A line of `POST /images/load`. */
export const loadProgress = z.looseObject({ stream: z.optional(z.string()), error: z.optional(z.string()) });
export const engineError = z.looseObject({ message: z.string() });

/** What a container is made from: the part of `POST /containers/create` that is used here; the rest passes. */
export interface ContainerSpec {
  readonly Image: string;
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly HostConfig?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}
