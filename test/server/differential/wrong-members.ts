/** Documents in which one member, however deep, is not what it should be. */

import type {
	JsonObject,
	JsonValue,
} from "../../../src/encoding/json-value.ts";

const replacements: Readonly<Record<string, JsonValue | undefined>> = {
	gone: undefined,
	null: null,
	true: true,
	"0": 0,
	"-1": -1,
	"2": 2,
	'""': "",
	'"x"': "x",
	"[]": [],
	'["x"]': ["x"],
	"{}": new Map<string, JsonValue>(),
	'{"x":"y"}': new Map<string, JsonValue>([["x", "y"]]),
};

type Path = readonly (string | number)[];

/** A change of one member. */
export interface Edit {
	readonly name: string;
	apply(document: JsonObject): JsonObject;
}

/**
 * Every member of a document by every replacement.
 *
 * @param untouched names of members that stay as they are, with all that is in them
 */
export function editsOf(
	document: JsonObject,
	untouched: readonly string[] = [],
): readonly Edit[] {
	return pathsIn(document)
		.filter((path) => !path.some((name) => untouched.includes(String(name))))
		.flatMap((path) =>
			Object.entries(replacements).map(([word, value]) => ({
				name: `${path.join(".")} is ${word}`,
				apply: (content: JsonObject) =>
					edited(content, path, value) as JsonObject,
			})),
		);
}

function pathsIn(value: JsonValue): readonly Path[] {
	const below = (name: string | number, inner: JsonValue): readonly Path[] => [
		[name],
		...pathsIn(inner).map((path) => [name, ...path]),
	];
	if (value instanceof Map)
		return [...(value as JsonObject)].flatMap(([name, inner]) =>
			below(name, inner),
		);
	return Array.isArray(value)
		? (value as readonly JsonValue[]).flatMap((inner, at) => below(at, inner))
		: [];
}

function edited(
	value: JsonValue,
	[name, ...rest]: Path,
	replacement: JsonValue | undefined,
): JsonValue {
	const inner = (held: JsonValue) =>
		rest.length === 0 ? replacement : edited(held, rest, replacement);
	const entries = Array.isArray(value)
		? [...(value as readonly JsonValue[]).entries()]
		: [...(value as JsonObject).entries()];
	const kept = entries.flatMap(([key, held]) => {
		const result = key === name ? inner(held) : held;
		return result === undefined ? [] : [[key, result] as const];
	});
	return Array.isArray(value)
		? kept.map(([, item]) => item)
		: new Map(kept.map(([key, item]) => [String(key), item]));
}
