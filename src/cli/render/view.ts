/** Turns the result of a command into the text that standard output gets, final newline included. */
export interface View<Data> {
  text(data: Data): string;
}
