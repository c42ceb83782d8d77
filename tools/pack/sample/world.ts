// The game's side: what scripts may call, and where the admins read.

export const world = {
  api: {
    say: (text: string) => console.log(`said ${text}`),
  },
  tellAdmins(diagnostics: readonly { readonly message: string }[]) {
    for (const { message } of diagnostics) console.log(`refused ${message}`);
  },
};
