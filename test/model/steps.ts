/** What may happen in a history, as plain data: a history can be played again, cut down and read. */

export type Name = 'owner' | 'laptop' | 'alice' | 'bob' | 'carol';
export const everybody: readonly Name[] = ['owner', 'laptop', 'alice', 'bob', 'carol'];

export type BaseRole = 'root' | 'targets' | 'snapshot' | 'timestamp';

/** What goes wrong, or comes between, while a command runs. */
export interface Fault {
  readonly kind: /** The process is gone before the port is asked, or after the port has done its work. */
    | 'killed before'
    | 'killed after'
    /** A request does not arrive; its answer does not; it is answered with 503. */
    | 'unsent'
    | 'unanswered'
    | 'refused'
    /** It arrives, and from then on nothing comes through either way. */
    | 'cut off'
    /** Somebody else does something before the request; after it. */
    | 'meanwhile before'
    | 'meanwhile after';
  /** Which of the requests (of all port calls for kills), or the upload. */
  readonly at: number | 'upload';
  readonly other?: Step;
  /** The same command follows at once. */
  readonly again?: boolean;
}

interface By {
  readonly who: Name;
}

type Command =
  | { readonly do: 'add'; readonly name: string; readonly content: string; readonly role: string }
  | { readonly do: 'remove'; readonly name: string; readonly role: string }
  | {
      readonly do: 'delegate';
      readonly role: string;
      readonly keys: readonly Name[];
      readonly paths: readonly string[];
    }
  | {
      readonly do: 'undelegate';
      readonly role: string;
      readonly keys: readonly Name[];
      readonly paths: readonly string[];
    }
  | { readonly do: 'remove role'; readonly role: string }
  | { readonly do: 'purge'; readonly keys: readonly Name[] }
  | { readonly do: 'witness'; readonly role: string }
  | { readonly do: 'reset'; readonly index: number | 'all' }
  | { readonly do: 'publish' }
  | { readonly do: 'rotate'; readonly role: BaseRole; readonly server: boolean }
  | { readonly do: 'list' }
  | { readonly do: 'delete' };

/** What happens to a person's directory or clock. */
type Accident =
  | { readonly do: 'lose cache' }
  | { readonly do: 'back up' }
  | { readonly do: 'restore'; readonly keys: boolean }
  | { readonly do: 'move clock'; readonly days: number };

/** What happens to all. */
type Event =
  | { readonly do: 'wait'; readonly days: number }
  /** So long that delegations end which are not signed again; the owner signs the rest in time. */
  | { readonly do: 'years pass' }
  /** The server, with the key of the snapshot, serves a file that a stranger has signed. */
  | { readonly do: 'serve junk'; readonly role: string; readonly version: 'next' | 'huge' }
  | { readonly do: 'recover' }
  /** The owner's two machines get each other's keys. */
  | { readonly do: 'share keys' };

export type CommandStep = By & Command & { readonly fault?: Fault };
export type AccidentStep = By & Accident;
export type Step =
  | CommandStep
  | AccidentStep
  | (Event & { readonly who?: undefined; readonly fault?: undefined });
export type CommandOf<Verb extends Command['do']> = Extract<CommandStep, { readonly do: Verb }>;

const quote = (text: string): string => JSON.stringify(text);

function words(step: Step): string {
  switch (step.do) {
    case 'add':
      return `add ${step.name} with the content ${quote(step.content)} to ${step.role}`;
    case 'remove':
      return `remove ${step.name} from ${step.role}`;
    case 'delegate':
      return `delegation add ${step.role}, keys of ${step.keys.join(', ') || 'nobody'}, paths ${step.paths.map(quote).join(', ') || 'none'}`;
    case 'undelegate':
      return `delegation remove ${step.role}, keys of ${step.keys.join(', ') || 'nobody'}, paths ${step.paths.map(quote).join(', ') || 'none'}`;
    case 'remove role':
      return `delegation remove ${step.role} -y`;
    case 'purge':
      return `delegation purge, keys of ${step.keys.join(', ')}`;
    case 'witness':
      return `witness ${step.role}`;
    case 'reset':
      return step.index === 'all' ? 'reset --all' : `reset -n ${step.index}`;
    case 'rotate':
      return `key rotate ${step.role}${step.server ? ' -r' : ''}`;
    default:
      return otherWords(step);
  }
}

function otherWords(step: Step): string {
  switch (step.do) {
    case 'restore':
      return `restore the folder from the last backup${step.keys ? ', keys too' : ', without the keys'}`;
    case 'move clock':
      return `the clock of this machine moves by ${step.days} days`;
    case 'wait':
      return `${step.days} days pass`;
    case 'years pass':
      return 'three years pass; the owner has signed targets again shortly before';
    case 'serve junk':
      return `the server serves a ${step.role} signed by a stranger, version: ${step.version}`;
    case 'recover':
      return 'the server serves the real files again';
    default:
      return step.do;
  }
}

/** A step in words, for people. */
export function inWords(step: Step): string {
  const told = step.who === undefined ? words(step) : `${step.who}: ${words(step)}`;
  const { fault } = step as CommandStep;
  if (fault === undefined) return told;
  const at =
    fault.at === 'upload'
      ? 'the upload'
      : `${fault.kind.startsWith('killed') ? 'port call' : 'request'} ${fault.at}`;
  const other = fault.other === undefined ? '' : ` (${inWords(fault.other)})`;
  return `${told}  [${fault.kind} ${at}${other}]`;
}

/** The same without a fault. */
export function plainly(step: CommandStep): CommandStep {
  const members = Object.entries(step).filter(([name]) => name !== 'fault');
  return Object.fromEntries(members) as unknown as CommandStep;
}
