import { en } from 'zod/locales';
import { config } from 'zod/mini';

/**
 * zod, for the whole project: the functional API, of which a bundle has what is called and no more, with its messages in
 * English, of which that API has none by itself. With the API of methods, what a process loads of schemas takes 2 to 5 MiB more
 * (natively), and the VM has four such processes.
 */
config(en());

export * from 'zod/mini';
