/** Sentences as the document has them: a template in one or more languages, and fields to put into it. */

/** What an event's object already says, so that no field stands for it. */
const OF_OBJECT = ["kind", "name"];
const FIELD = /\{(\w+)\}/g;

export interface Template {
  /** The sentence by language, with fields in braces; English is always there. */
  readonly said: Readonly<Record<string, string>>;
  /** The fields that an event has of its own, in the order of its columns. */
  readonly fields: readonly string[];
}

/** Read the templates of a variant. Another language may name the fields in another order. */
export function templatesOf(byLanguage: Readonly<Record<string, readonly string[]>>): Template[] {
  return (byLanguage.en ?? []).map((english, place) => {
    const said = Object.fromEntries(
      Object.entries(byLanguage).flatMap(([language, all]) => (all[place] ? [[language, all[place]]] : [])),
    );
    const named = [...english.matchAll(FIELD)].map((found) => found[1] as string);
    return { said, fields: [...new Set(named)].filter((field) => !OF_OBJECT.includes(field)) };
  });
}

/** Return a template with its fields filled in. */
export function filled(template: string, fields: Readonly<Record<string, string>>): string {
  return template.replace(FIELD, (whole, field: string) => fields[field] ?? whole);
}
