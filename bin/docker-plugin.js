'use strict';
/**
 * Answers the docker CLI, which asks every plugin what it is: at `docker --help`, `docker info`, for completion, and
 * before each run. The answer is a line that needs nothing of the program.
 */

const { writeSync } = require('node:fs');
const { version } = require('../package.json');

const request = 'docker-cli-plugin-metadata';

const descriptions = {
  trust: 'Sign images in their registry, and manage who may sign them (tsnotary)',
  tsnotary: 'Sign and verify with Notary v1: the commands of tsnotary, "trust" among them',
};

/** A launcher puts `docker-NAME` before the words of docker; a link has that name itself. */
function nameOf(word) {
  return /(?:^|[/\\])docker-(trust|tsnotary)(?:\.exe)?$/.exec(word ?? '')?.[1];
}

/**
 * Answers if that is what is asked.
 *
 * @param words the words after the program
 * @param calledAs the names that it was called by
 */
function answered([first, second], calledAs) {
  const launched = nameOf(first);
  if (first !== request && (launched === undefined || second !== request)) return false;
  const name = launched ?? calledAs.map(nameOf).find((found) => found !== undefined) ?? 'tsnotary';
  const metadata = {
    SchemaVersion: '0.1.0',
    Vendor: 'tsnotary',
    Version: version,
    ShortDescription: descriptions[name],
  };
  writeSync(1, `${JSON.stringify(metadata)}\n`);
  return true;
}

module.exports = { answered };
