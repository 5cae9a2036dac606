/** The services that have an emulator. */
export type EmulatorService = 'spanner' | 'pubsub';

/** What the launcher knows of one service. */
export interface EmulatorProfile {
  readonly title: string;
  /** The environment variable that names a running emulator. */
  readonly variable: string;
  readonly image: string;
  /** The port it listens on inside its image, and the command there. */
  readonly imagePort: number;
  readonly imageCommand: readonly string[];
  /** A cheap list method that answers OK once the emulator serves; its first field is the name of a project. */
  readonly probePath: string;
}

export const EMULATOR_PROFILES: Readonly<Record<EmulatorService, EmulatorProfile>> = {
  spanner: {
    title: 'Spanner',
    variable: 'SPANNER_EMULATOR_HOST',
    image: 'gcr.io/cloud-spanner-emulator/emulator',
    imagePort: 9010,
    imageCommand: ['./emulator_main', '--host_port=0.0.0.0:9010'],
    probePath: '/google.spanner.admin.instance.v1.InstanceAdmin/ListInstanceConfigs',
  },
  pubsub: {
    title: 'Pub/Sub',
    variable: 'PUBSUB_EMULATOR_HOST',
    image: 'gcr.io/google.com/cloudsdktool/google-cloud-cli:emulators',
    imagePort: 8085,
    imageCommand: ['gcloud', 'beta', 'emulators', 'pubsub', 'start', '--host-port=0.0.0.0:8085'],
    probePath: '/google.pubsub.v1.Publisher/ListTopics',
  },
};
