// The systems for which there is a standalone executable, and the Node in each, which are packages of npm.

/** Versions and digests are pinned: what is put into the executable is what was looked at, or nothing. */
const nodes = [
  {
    ...{ target: 'linux-x64', version: '24.21.0', program: 'bin/node' },
    sha512: '3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  {
    ...{ target: 'linux-arm64', version: '24.21.0', program: 'bin/node' },
    sha512: 'FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  {
    ...{ target: 'win-x64', version: '24.21.0', program: 'bin/node.exe' },
    sha512: '0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
  },
  // The newest of this major version that is there for it.
  {
    ...{ target: 'darwin-x64', version: '24.18.1', program: 'bin/node' },
    sha512: 'tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  },
  // Prepares what goes into that for darwin: the two must be of one version.
  {
    ...{ target: 'linux-x64', version: '24.18.1', program: 'bin/node' },
    sha512: 'lrkq/M/O8giNdc8fSxYK0kuRZPVVFOMM+HRbUNoqZNs2+tdNI9Qjc0n/tWOd2wBsU0e8z/qQBpGrUBIse4vPgA==',
  },
];

export const targets = [...new Set(nodes.map(({ target }) => target))];

/**
 * The Node of a target: its package, version and digest, and where the program lies in the package.
 *
 * @param version another than the target's usual one
 * @throws Error for a target that there is not
 */
export function nodeOf(target, version) {
  const found = nodes.find((one) => one.target === target && (version === undefined || one.version === version));
  if (found !== undefined) return { ...found, name: `node-${target}` };
  throw new Error(`there is no executable for ${[target, version].join(' ').trim()}, only for ${targets.join(', ')}`);
}
