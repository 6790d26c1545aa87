/** Spoils the port calls of one process, as a step asks for. */

import { NotaryError } from '../../src/errors.ts';
import type { HttpRequest, HttpResponse } from '../../src/ports/http.ts';
import { Killed, type Saboteur } from './home.ts';
import type { Fault, Step } from './steps.ts';

export interface FaultySaboteur extends Saboteur {
  /** Rejects with Killed when the process is killed. Nothing that it has begun ever ends. */
  readonly death: Promise<never>;
  /** True once the fault has happened. */
  readonly happened: boolean;
}

export const isUpload = ({ method, url }: HttpRequest): boolean => method === 'POST' && url.endsWith('/tuf/');

/** @param meanwhile lets somebody else do something while this process waits */
export function saboteur(fault: Fault | undefined, meanwhile: (step: Step) => Promise<void>): FaultySaboteur {
  let calls = 0;
  let requests = 0;
  let happened = false;
  const way = { cut: false, dead: false };
  const kills = fault?.kind.startsWith('killed') === true;

  let die: (reason: Killed) => void;
  const death = new Promise<never>((_, reject) => {
    die = reject;
  });
  death.catch(() => undefined);
  /** Whatever the code of a dead process would do next, it does not. */
  const never = new Promise<never>(() => undefined);
  const kill = async (): Promise<never> => {
    happened = true;
    way.dead = true;
    die(new Killed());
    return never;
  };
  const isDead = (): boolean => way.dead;
  const around = async <T>(due: boolean, call: () => Promise<T>): Promise<T> => {
    if (isDead()) return never;
    if (due && fault?.kind === 'killed before') return kill();
    const result = await call();
    if (isDead()) return never;
    if (due && fault?.kind === 'killed after') return kill();
    return result;
  };
  const lost = (request: HttpRequest) =>
    new NotaryError('NETWORK', `${request.method} ${request.url}: connection reset`);

  const send = async (request: HttpRequest, call: () => Promise<HttpResponse>): Promise<HttpResponse> => {
    const at = requests++;
    if (way.cut) throw lost(request);
    const due = !happened && (fault?.at === 'upload' ? isUpload(request) : !kills && fault?.at === at);
    if (!due || fault === undefined || kills) return call();
    happened = true;
    const { kind, other } = fault;
    if (kind === 'unsent') throw lost(request);
    if (kind === 'refused') return { status: 503, headers: {}, body: new Uint8Array() };
    if (kind === 'meanwhile before' && other !== undefined) await meanwhile(other);
    const response = await call();
    if (kind === 'meanwhile after' && other !== undefined) await meanwhile(other);
    way.cut = kind === 'cut off';
    if (kind === 'unanswered' || way.cut) throw lost(request);
    return response;
  };

  return {
    get happened() {
      return happened;
    },
    death,
    disk: async (call) => around(fault?.at === calls++, call),
    request: async (request, call) => {
      const due = fault?.at === 'upload' ? isUpload(request) : fault?.at === calls++;
      return around(due && !happened, () => send(request, call));
    },
  };
}
