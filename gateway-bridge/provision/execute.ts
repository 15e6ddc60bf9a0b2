import { messageOf } from '#core';
import {
  type ChirpStack,
  ChirpStackError,
  type Collection,
  type Device,
  type Gateway,
  inParallel,
} from './objects.ts';
import type { Actual, Plan, Step } from './plan.ts';

export interface FailedStep {
  readonly step: Step;
  readonly reason: string;
}

export interface Outcome {
  readonly doneCount: number;
  readonly failed: readonly FailedStep[];
  /** Left out because ChirpStack was gone, or what they need could not be made. */
  readonly untriedCount: number;
}

export interface ExecuteOptions {
  /** Told after each step, with the reason where it failed. */
  readonly onStep: (step: Step, failure: string | undefined) => void;
}

/** What is made first gives ids that later steps need. */
interface Ids {
  tenant: string | undefined;
  application: string | undefined;
  readonly profiles: Map<string, string>;
}

/** Steps of a kind do not need each other; every kind needs those before it. */
const order = [
  'tenant',
  'application',
  'device profile',
  'gateway',
  'device',
  'keys',
] as const satisfies readonly Step['what'][];

/** A step whose ground is missing: another failed, and says why. */
class Untried extends Error {}

/**
 * Does the steps of a plan that was made of `actual`, `callsMax` at a time. One that fails stops no other, except those
 * that need it; once ChirpStack cannot be reached any more, the rest is left. Doing it again goes on where it ended.
 */
export async function executePlan(
  chirpstack: ChirpStack,
  { steps }: Pick<Plan, 'steps'>,
  actual: Actual,
  { onStep }: ExecuteOptions,
): Promise<Outcome> {
  const ids: Ids = {
    tenant: actual.tenant?.id,
    application: actual.application?.id,
    profiles: new Map([...actual.profiles].map(([name, { id }]) => [name, id])),
  };
  const failed: FailedStep[] = [];
  const absent = new Set<string>();
  let doneCount = 0;
  let isGone = false;
  const tryStep = async (step: Step): Promise<void> => {
    if (isGone || (step.what === 'keys' && absent.has(step.id))) return;
    try {
      await doStep(chirpstack, step, ids);
      doneCount++;
      onStep(step, undefined);
    } catch (cause) {
      if (step.what === 'device' && step.action === 'create') absent.add(step.id);
      if (cause instanceof Untried) return;
      isGone ||= cause instanceof ChirpStackError && cause.failure === 'unreachable';
      failed.push({ step, reason: messageOf(cause) });
      onStep(step, messageOf(cause));
    }
  };
  const todo = steps.filter(({ action }) => action !== 'refuse');
  for (const what of order) {
    await inParallel(
      todo.filter((step) => step.what === what),
      tryStep,
    );
  }
  return { doneCount, failed, untriedCount: todo.length - doneCount - failed.length };
}

function existing(id: string | undefined): string {
  if (id === undefined) throw new Untried();
  return id;
}

async function doStep(chirpstack: ChirpStack, step: Step, ids: Ids): Promise<void> {
  const { tenants, applications, profiles, gateways, devices, keys } = chirpstack;
  if (step.what === 'tenant') {
    ids.tenant = await tenants.create('', step.object);
  } else if (step.what === 'application') {
    ids.application = await applications.create(existing(ids.tenant), step.object);
  } else if (step.what === 'device profile') {
    if (step.action === 'update') await profiles.update(step.profileId, step.changes);
    else ids.profiles.set(step.name, await profiles.create(existing(ids.tenant), step.object));
  } else if (step.what === 'keys') {
    if (step.action === 'update') await keys.update(step.id, step.changes);
    else await keys.create('', step.id, step.object);
  } else if (step.action === 'delete') {
    await (step.what === 'device' ? devices : gateways).remove(step.id);
  } else if (step.what === 'gateway') {
    if (step.action === 'update') await gateways.update(step.id, step.changes);
    else if (step.action === 'create') await createVisibly(gateways, ids.tenant, step.id, step.object);
  } else if (step.action !== 'refuse') {
    const profileId = step.profile === undefined ? undefined : existing(ids.profiles.get(step.profile));
    if (step.action === 'update') {
      const deviceProfile = profileId === undefined ? {} : { deviceProfileId: profileId };
      await devices.update(step.id, { ...step.changes, ...deviceProfile });
    } else {
      const object = { ...step.object, deviceProfileId: existing(profileId) };
      await createVisibly(devices, ids.application, step.id, object);
    }
  }
}

/** Creates what we could not see before; a name that is taken then belongs to somebody whose things we may not see. */
async function createVisibly<T extends Device | Gateway>(
  { create }: Pick<Collection<T>, 'get'> & { create(parentId: string, id: string, object: T): Promise<void> },
  parentId: string | undefined,
  id: string,
  object: T,
): Promise<void> {
  await create(existing(parentId), id, object).catch((cause: unknown) => {
    if (!(cause instanceof ChirpStackError) || cause.failure !== 'already_exists') throw cause;
    throw new ChirpStackError(
      'already_exists',
      'ChirpStack has it already, where this API key may not look: delete it there, or take it out of the inventory',
      { cause },
    );
  });
}
