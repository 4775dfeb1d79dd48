/** Why a token is not accepted, in the words of kube-apiserver's log and of a TokenReview. */
export class TokenRefusal extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'TokenRefusal';
  }
}

/** Takes what is to be noted of a token's use, whether it is accepted or not. */
export interface TokenNotes {
  annotate(key: string, value: string): void;
  warn(text: string): void;
}
