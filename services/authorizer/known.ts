import type { ImageFacts } from '../../policy/docker-socket/images.ts';

/** Something that the engine has to be asked for before a request can be judged. */
export type Question =
  | { about: 'image'; name: string }
  | { about: 'images' }
  /** @param id all of its 64 digits */
  | { about: 'container'; id: string };

/** What the engine answered. `undefined`: there is no such thing. */
export type Answers = {
  image: ImageFacts | undefined;
  /** Without their layers. */
  images: readonly ImageFacts[];
  /** Id of its image, `sha256:…`, which never changes. */
  container: string | undefined;
};

/** The judgement needs an answer, and can then begin anew. No refusal. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
  readonly question: Question;

  constructor(question: Question) {
    super(`the engine has to be asked about ${JSON.stringify(question)}`);
    this.question = question;
  }
}

/** What is known of the engine's images and containers while one request is judged. */
export class Known {
  readonly #answers = new Map<string, Answers[keyof Answers]>();

  tell(question: Question, answer: Answers[keyof Answers]): void {
    this.#answers.set(JSON.stringify(question), answer);
  }

  /** @throws Unanswered */
  image(name: string): ImageFacts | undefined {
    return this.#of({ about: 'image', name }) as Answers['image'];
  }

  /** @throws Unanswered */
  images(): readonly ImageFacts[] {
    return this.#of({ about: 'images' }) as Answers['images'];
  }

  /** @throws Unanswered */
  imageOf(container: string): string | undefined {
    return this.#of({ about: 'container', id: container }) as Answers['container'];
  }

  #of(question: Question): Answers[keyof Answers] {
    const key = JSON.stringify(question);
    if (!this.#answers.has(key)) throw new Unanswered(question);
    return this.#answers.get(key);
  }
}
