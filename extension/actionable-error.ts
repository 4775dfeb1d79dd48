/** An error that knows what a person can do about it: shown with a button for each action. */

export interface Action {
  title: string;
  run: () => unknown;
}

export class ActionableError extends Error {
  override readonly name = 'ActionableError';
  readonly actions: readonly Action[];

  constructor(message: string, actions: readonly Action[]) {
    super(message);
    this.actions = actions;
  }
}
