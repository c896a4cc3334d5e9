// The dialog of sharing: who is invited as what, and who finds the session.
export default {
  inviteTitle: 'Invite to this session',
  inviteWarning: 'A collaborator can have Claude run commands on this machine.',
  search: 'Find people by name',
  as: 'Role of new people',
  nobody: 'Nobody here is called “{sought}”.',
  members: 'People in this session',
  invitePerson: 'Invite {name}',
  viewOnly: '{name} can only view here: the account is a viewer.',
  visibility: {
    label: 'Who finds this session',
    private: 'Only people in it',
    privateMeans: 'Nobody else sees it here. Claude in other sessions has the same account on this machine and can read its files, this conversation among them.',
    workspace: 'Everyone of the folder',
  },
  remove: 'Remove from the session',
}
