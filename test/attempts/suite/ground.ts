import type { EngineClient } from '../../../host/engine/client.ts';
import { runContainer } from '../../../host/engine/run.ts';
import type { ContainerSpec } from '../../../host/engine/shapes.ts';
import { type DockerCli, dockerCli } from '../../harness/docker-cli.ts';
import { OpenVm } from '../../harness/open-vm.ts';
import { runPersistently } from '../../harness/persistent.ts';
import { found, inParallel, Prober } from '../../harness/probes.ts';
import type { Where } from '../attempt.ts';
import { type ContainerName, containerNames, containers } from '../containers.ts';
import { type State, stateOf } from '../oracle/compare.ts';
import { plantScript, stateScript } from '../oracle/script.ts';

/** Milliseconds that a line of the root shell may take. */
const SHELL_PATIENCE = 300_000;
const flavours = { here: 'test', stock: 'stock' } as const;

/** A VM to try things in, with the containers that run through the whole suite. */
export class Ground {
  readonly where: Where;
  readonly vm: OpenVm;
  readonly engine: EngineClient;
  readonly prober: Prober;
  readonly docker: DockerCli;
  /** Ids; `everything` is in the control only. */
  readonly containers: Readonly<Record<ContainerName, string>>;

  readonly #run: typeof runContainer;

  private constructor(
    where: Where,
    vm: OpenVm,
    prober: Prober,
    ids: Record<ContainerName, string>,
    run: typeof runContainer,
  ) {
    this.#run = run;
    this.where = where;
    this.vm = vm;
    this.prober = prober;
    this.engine = prober.engine;
    this.docker = dockerCli(vm);
    this.containers = ids;
  }

  /** @param options.chaos services will be killed */
  static async open(where: Where, vm: OpenVm, { chaos = false } = {}): Promise<Ground> {
    const prober = await Prober.open(await vm.engine());
    await prober.run('put /volume/file kept', { host: { Binds: ['attempts:/volume'] } });
    const names = containerNames(where);
    const ids = await inParallel(names, 2, (name) => prober.start(containers[name]));
    const ground = new Ground(
      where,
      vm,
      prober,
      Object.fromEntries(names.map((name, at) => [name, ids[at]])) as Record<ContainerName, string>,
      chaos ? runPersistently : runContainer,
    );
    await ground.shell(plantScript);
    await prober.in(ground.containers.bystander, 'umask 077; put /canary kept');
    for (const name of ['privileged', 'sealed'] as const)
      await prober.in(ground.containers[name], 'mkdir /tmp/copy /tmp/tree');
    return ground;
  }

  static boot(where: Where): OpenVm {
    return new OpenVm(`attempts-${where}`, flavours[where]);
  }

  /** A container from its start to its end. */
  run(spec: ContainerSpec): ReturnType<typeof runContainer> {
    return this.#run(this.engine, spec);
  }

  /** A line of busybox sh as root of the VM. */
  shell(line: string): Promise<string> {
    return this.vm.output(line, SHELL_PATIENCE);
  }

  async state(): Promise<State> {
    return stateOf(found(await this.shell(stateScript(await this.bystander()))));
  }

  /** The first process of the container in which nothing is tried, as the VM counts. */
  async bystander(): Promise<number> {
    return (await this.engine.inspectContainer(this.containers.bystander)).State.Pid;
  }

  async versions(): Promise<Record<string, string>> {
    const { Version } = await this.engine.version();
    const kernel = (await this.shell('uname -r')).trim();
    const crun = /version (\S+)/.exec(await this.shell('/run/bulkhead/libexec/crun --version'))?.[1];
    const containerd = /v?(\d+\.\d+\S*)/.exec(await this.shell('/usr/bin/containerd --version'))?.[1];
    return { kernel, dockerd: Version, containerd: containerd ?? '?', crun: crun ?? '?' };
  }
}
