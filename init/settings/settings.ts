import { type EngineSettings, plainEngine } from '../../services/dockerd/configuration.ts';

/** The settings in force in this boot. */
export class Settings {
  /** What they say of the engine. */
  engine: EngineSettings = plainEngine;
}
