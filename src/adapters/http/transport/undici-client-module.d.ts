/**
 * Declares undici's Client by its own path: the package's entry loads its whole library, which costs more start-up
 * time than the three requests of a typical run.
 */
declare module 'undici/lib/dispatcher/client.js' {
  export { Client as default } from 'undici';
}
